"""What one send says, for a channel's `render`: the entry, what it goes on from, and the files that the hub keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from shared.application.dispatch_files import Going
from shared.application.dispatch_survey import SurveyLinks, asked
from shared.application.spoken import Spoken, last_entry_in
from shared.domain.answer import Answer, Heard, Language, Permit
from shared.domain.event import Entry
from shared.domain.undelivered import language_of
from shared.ports.table import Item, Table
from shared.store import keys
from shared.store.sends import Send
from shared.store.views import entry_view

if TYPE_CHECKING:
    from shared.configuration import Brand

REPEATS: Final = frozenset({"email"})
"""Channels whose answers repeat subject and words of what they answer: there it is looked for further back."""
QUOTES_BY_WORDS: Final = frozenset({"messenger", "instagram"})
"""Channels on which an answer names a message by its id only where the account's configuration says so."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """`profile`: the customer whose case it is. `said_at`: when they last wrote on the account. `names_by_id`: on a
    channel that need not know how, an answer names a message by its id; else it repeats some of its words."""

    send: Send
    entry: Entry
    case: Item
    profile: Item
    brand: Brand
    spoken: Spoken
    said_at: datetime | None
    permit: Permit = "free"
    names_by_id: bool = False
    files: Going = field(default_factory=Going)

    def answer(self, table: Table, surveys: SurveyLinks | None = None) -> Answer:
        """On channels that repeat, 2 RCU for a message that it names, and the entries gone back to the customer's last
        words in the conversation. `surveys`: what makes their tokens and links."""
        said = self._said(table)
        return said if self.entry.survey is None else asked(said, self.entry.survey, self._channel, surveys)

    def _said(self, table: Table) -> Answer:
        entry = self.entry
        by_words = self._channel in QUOTES_BY_WORDS and not self.names_by_id
        return Answer(
            text=entry.text,
            attachments=self.files.attachments,
            in_reply_to=None if by_words else entry.in_reply_to,
            html=entry.html,
            stored=self.files.stored,
            author=entry.author,
            said_at=self.said_at,
            heard=self._heard(table),
            case=self.send.case,
            reference=self.case.get("reference"),
            language=self._language(),
            permit=self.permit,
            quoted=self._quoted(table) if by_words else None,
        )

    @property
    def _channel(self) -> str:
        return self.send.conversation.split("#", 2)[1]

    def _quoted(self, table: Table) -> str | None:
        """The words that it answers, unless they are the customer's last: those need no repeating."""
        last = self.spoken.last_here
        if self.entry.in_reply_to is None or (last and last.message_id == self.entry.in_reply_to):
            return None
        named = self._named(table)
        return named.text if named and not named.public else None

    def _language(self) -> Language:
        """The customer's own, where the hub speaks it; else the brand's."""
        own = self.profile.get("language")
        return language_of([*([own] if own else []), *self.brand.languages])

    def _heard(self, table: Table) -> Heard | None:
        found = self.spoken.last_here
        if self._channel in REPEATS:
            found = self._named(table) or found or self._before(table)
        return heard_of(found, ZoneInfo(self.brand.time_zone)) if found else None

    def _named(self, table: Table) -> Entry | None:
        """The message that the agent answered by name. The recorder saw to it that it is of this conversation."""
        if self.entry.in_reply_to is None:
            return None
        _, channel, account, _ = self.send.conversation.split("#", 3)
        place = table.get(keys.message(channel, account, self.entry.in_reply_to)).item
        item = table.get(keys.entry(place["case"], place["sequence"])).item if place and "case" in place else None
        return entry_view(item) if item and item["author"] == "customer" else None

    def _before(self, table: Table) -> Entry | None:
        """Further back in the case than was looked, or in the one that it goes on from."""
        found = last_entry_in(table, self.send.case, self.send)
        earlier = self.case.get("follow_up_of")
        return found or (last_entry_in(table, earlier, self.send) if earlier else None)


def heard_of(entry: Entry, zone: ZoneInfo) -> Heard:
    """What an answer goes on from, of a customer's entry. `zone`: whose clock the customer reads."""
    return Heard(
        said=(entry.occurred_at or entry.received_at).astimezone(zone),
        text=entry.text,
        name=entry.display_name,
        subject=entry.subject,
        message_ref=entry.message_ref,
        in_reply_to=entry.in_reply_to,
        references=tuple(entry.references),
        flags=frozenset(entry.flags),
    )
