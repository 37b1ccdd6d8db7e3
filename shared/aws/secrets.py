"""Named secrets in Secrets Manager. Standard library alone."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.aws.answers import Answer, error_for
from shared.aws.http import AwsClient
from shared.domain.errors import Misconfigured, Transient

FRESH_S = 60
"""For so long a value is used without asking again: a rotation is noticed within it."""
USABLE_S = 3600
"""For so long an older value serves while Secrets Manager is unreachable."""
RETRY_S = 5
"""While it is unreachable, it is asked no more often than this."""
_REFUSED = frozenset({400, 404})


@dataclass(frozen=True, slots=True)
class _Known:
    text: str
    fetched_at: float
    ask_again_at: float


class SecretsManager:
    """`Secrets` on Secrets Manager: the secret `<prefix>/<name>` holds a JSON object."""

    def __init__(self, client: AwsClient, prefix: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._prefix = prefix.rstrip("/")
        self._clock = clock
        self._cached: dict[str, _Known] = {}

    @classmethod
    def connect(cls, prefix: str, environ: Mapping[str, str] = os.environ) -> SecretsManager:
        return cls(AwsClient.connect("secretsmanager", "SECRETS_MANAGER", environ), prefix)

    def get(self, name: str) -> dict[str, Any]:
        """The named secret, a fresh copy.

        Raises `Misconfigured`, naming the secret alone, when it is absent or no JSON object, and `Transient`
        when it cannot be fetched and no value younger than an hour is at hand.
        """
        now = self._clock()
        known = self._cached.get(name)
        if known is None or now >= known.ask_again_at:
            known = self._cached[name] = self._refreshed(name, known, now)
        value: dict[str, Any] = json.loads(known.text)
        return value

    def _refreshed(self, name: str, known: _Known | None, now: float) -> _Known:
        try:
            return _Known(self._fetched(name), now, now + FRESH_S)
        except Transient:
            if known is not None and now - known.fetched_at < USABLE_S:
                return replace(known, ask_again_at=now + RETRY_S)
            raise

    def _fetched(self, name: str) -> str:
        secret_id = f"{self._prefix}/{name}" if self._prefix else name
        answer = self._client.call("secretsmanager.GetSecretValue", "1.1", {"SecretId": secret_id}, accept=_REFUSED)
        if isinstance(answer, Answer):
            if answer.code == "ResourceNotFoundException":
                raise Misconfigured(f"the secret {name} does not exist")
            raise error_for(answer, "secretsmanager")
        text = answer.get("SecretString")
        if not _is_object(text):
            raise Misconfigured(f"the secret {name} is no JSON object")
        return str(text)


def _is_object(text: Any) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (TypeError, ValueError):
        return False
