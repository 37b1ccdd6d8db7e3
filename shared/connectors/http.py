"""The connectors' HTTP policy: one table for what an answer means, on top of the way out that all share.

A connector makes one `Http` and sends through it. What comes back is a good `Answer`, or one of the hub's own errors;
their texts hold the connector's name, the host and the status, never a path, a query or a body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from shared.domain.errors import HubError, Misconfigured, Permanent, Transient, Unwelcome
from shared.http.client import ANSWER_LIMIT, TIMEOUT_S, Answer, Client

if TYPE_CHECKING:
    from shared.http.transport import Dialer
    from shared.ports.surroundings import Clock


@dataclass(frozen=True, slots=True)
class Rule:
    """What a status means to us. `meaning` is for operators: it follows "answered 429: "."""

    outcome: Literal["ok", "transient", "unwelcome", "permanent", "misconfigured"]
    meaning: str


Policy: TypeAlias = Mapping[int | str, Rule]
"""By status; else by its class (`4xx`); else `other`."""

POLICY: Final[Policy] = {
    "2xx": Rule("ok", "done"),
    "3xx": Rule("transient", "redirects are not followed; configure the address it points to"),
    401: Rule("misconfigured", "it does not accept our credentials"),
    403: Rule("misconfigured", "it does not let us do this"),
    408: Rule("transient", "it waited too long for us"),
    425: Rule("transient", "too early"),
    429: Rule("transient", "too many requests"),
    "4xx": Rule("permanent", "it refuses this"),
    "5xx": Rule("transient", "it failed"),
    "other": Rule("transient", "not a status that means anything"),
}
"""What most APIs mean. A connector whose vendor is peculiar passes `{**POLICY, 404: Rule(…)}`."""


def rule_for(status: int, policy: Policy) -> Rule:
    """The row of this status: its own, that of its class, or `other`."""
    found = policy.get(status) or policy.get(f"{status // 100}xx")
    return found or policy["other"]


class Http(Client):
    """The one way out of a connector: as the client, with a table for the answers."""

    def __init__(
        self,
        connector: str,
        *,
        clock: Clock,
        timeout_s: float = TIMEOUT_S,
        policy: Policy = POLICY,
        dialer: Dialer | None = None,
        ca_file: str | None = None,
        answer_limit: int = ANSWER_LIMIT,
    ) -> None:
        super().__init__(
            f"connector {connector}",
            clock=clock,
            timeout_s=timeout_s,
            dialer=dialer,
            ca_file=ca_file,
            answer_limit=answer_limit,
        )
        self._policy = policy

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        policy: Policy | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """As `exchange`, and return a good answer.

        `policy` replaces the table for this request (a look-up whose 404 is an answer). Raises Transient (no answer in
        time, or one that says so, with the seconds it asked for), Permanent, or Misconfigured.
        """
        answer = self.exchange(method, url, headers=headers, body=body, timeout_s=timeout_s)
        self._judge(answer, rule_for(answer.status, policy or self._policy))
        return answer

    def _judge(self, answer: Answer, rule: Rule) -> None:
        if rule.outcome == "ok":
            return
        reason = f"{answer.origin} answered {answer.status}: {rule.meaning}"
        if rule.outcome == "transient":
            raise Transient(reason, self.asked_s(answer))
        raise _REFUSALS[rule.outcome](reason)


_REFUSALS: Final[Mapping[str, type[HubError]]] = {
    "unwelcome": Unwelcome,
    "permanent": Permanent,
    "misconfigured": Misconfigured,
}
