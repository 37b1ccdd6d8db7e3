"""Whether a receiver takes what the hub signs: one `endpoint.test`, which stands for nothing that happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.connectors.generic_webhook.mapping import Webhook
from shared.domain.errors import HubError
from shared.domain.event import utc_text
from shared.domain.held import Checked

if TYPE_CHECKING:
    from shared.connectors.generic_webhook.client import GenericWebhook
    from shared.ports.surroundings import Clock, Secrets


class GenericWebhookSetup:
    """`new_id`: of the webhook, new each time, so that no receiver takes it for a copy."""

    def __init__(
        self, tool: GenericWebhook, secret: str, secrets: Secrets, clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._tool = tool
        self._secret = secret
        self._secrets = secrets
        self._clock = clock
        self._new_id = new_id

    def check(self, *, mend: bool) -> list[Checked]:  # noqa: ARG002  there is nothing that its API would set up
        """See `Setup.check`. One request."""
        try:
            held = self._secrets.get(self._secret).get("signing_secrets")
        except HubError as error:
            return [Checked("secret", ok=False, detail=error.reason, todo="create the secret that `secret` names")]
        if not held:
            todo = 'put {"signing_secrets": ["whsec_…"]} into its secret'
            return [Checked("secret", ok=False, detail="it holds no signing_secrets", todo=todo)]
        return [
            Checked("secret", ok=True, detail=f"{len(held)} signing secrets, the first one signs"),
            self._tested(),
            Checked("what is there already", ok=None, detail="a receiver of webhooks cannot be asked what it holds"),
        ]

    def _tested(self) -> Checked:
        what = "the receiver takes a signed endpoint.test"
        at = utc_text(datetime.fromtimestamp(int(self._clock()), UTC))
        body = {"type": "endpoint.test", "timestamp": at, "data": {"connector": self._tool.name}}
        try:
            self._tool.tell(Webhook(f"test_{self._new_id()}", json.dumps(body).encode()))
        except HubError as error:
            todo = "see that it verifies the signature and answers 2xx to a type that it does not know"
            return Checked(what, ok=False, detail=error.reason, todo=todo)
        return Checked(what, ok=True, detail="answered with 2xx")
