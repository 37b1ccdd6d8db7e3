"""Reads one element of a delivery of Messenger or Instagram. Pure: no clock, no network, no store.

Dispatch is a dictionary from what the element holds to a function; a product adds the fields of its changes. What none
of them can read comes back as `unsupported`, what is no contact of anybody's as `ignored`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from shared.domain.errors import Malformed, Unsupported
from shared.domain.event import Event, IdentityKind
from shared.meta.bodies import is_too_deep
from shared.meta.social import messages, news, receipts
from shared.meta.social.elements import end_of
from shared.meta.social.source import Source, source_of

Reader = Callable[[Source], Event]

READERS: Final[Mapping[str, Reader]] = {
    "message": messages.message,
    "postback": messages.postback,
    "reaction": messages.reaction,
    "message_edit": messages.edit,
    "read": receipts.seen,
    "delivery": receipts.delivery,
    "optin": news.optin,
    "referral": news.referral,
    "policy_enforcement": news.policy,
    "policy-enforcement": news.policy,
    "pass_thread_control": news.handover,
    "take_thread_control": news.handover,
    "request_thread_control": news.handover,
    "account_linking": news.account_linking,
}
"""By what a messaging element holds; whatever else is known is of no use."""


@dataclass(frozen=True, slots=True)
class Product:
    """A channel, and who reads the changes that are no messaging: comments, mentions, ratings, by their field."""

    channel: IdentityKind
    changes: Mapping[str, Reader]

    def parse(self, raw: Mapping[str, Any]) -> Event:
        """One event for one element, as `split` made it. Never raises.

        What cannot be read comes back as `unsupported` with the flag `malformed` and a reason that quotes nobody. An
        optional field of a wrong type is left out and the flag `partial` says so.
        """
        if is_too_deep(raw):
            return self.parse({})
        source = source_of(raw, self.channel)
        if source.problem:
            return _malformed(source, source.problem)
        try:
            return self._read(source)
        except Unsupported as unsupported:
            return source.event("unsupported", reason=unsupported.reason)
        except Malformed as malformed:
            return _malformed(source, malformed.reason)
        except ValidationError as invalid:
            where = ", ".join(sorted({".".join(map(str, error["loc"])) for error in invalid.errors()}))
            return _malformed(source, f"not of the form that the hub keeps: {where}")

    def _read(self, source: Source) -> Event:
        if source.is_test:
            return source.news("ignored", reason="a test event from Meta's dashboard", identities=[])
        if source.what:
            return self._messaging(source)
        reader = self.changes.get(source.field)
        if reader is None:
            return source.news("ignored", reason="of no kind that is known yet", identities=[])
        return reader(source)

    @staticmethod
    def _messaging(source: Source) -> Event:
        sender = end_of(source.loose, "sender")
        if sender and sender == end_of(source.loose, "recipient"):
            return source.news("ignored", reason="the account wrote to itself: a test", identities=[])
        return READERS.get(source.what, news.of_no_use)(source)


def _malformed(source: Source, reason: str) -> Event:
    event = source.event("unsupported", reason=reason)
    told = [flag for flag in event.flags if flag != "partial"]  # it goes without saying
    return event.model_copy(update={"flags": [*told, "malformed"]})
