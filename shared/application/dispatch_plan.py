"""What one send would be now: to whom, in the channel's words; or why it cannot go out. Reads only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from shared.application.dispatch_answer import Gathered
from shared.application.dispatch_comment import Commented, commented
from shared.application.dispatch_files import Going, Link, going
from shared.application.dispatch_survey import SurveyLinks
from shared.application.record.survey_open import SAID_AT
from shared.application.record.who import living_profile
from shared.application.spoken import Spoken, last_said_in, spoken_before
from shared.domain.answer import Address, Answer, Body, Language, Later, Permit, Refused, Template
from shared.domain.errors import Permanent
from shared.domain.event import Entry
from shared.domain.loops import is_loop
from shared.domain.sending import TEMPLATES, Account, Person, Sending, in_window, may_send, why_closed
from shared.domain.surveys.rules import opted_out
from shared.domain.surveys.timing import OVER
from shared.domain.undelivered import WITHOUT_FILES, advice, language_of
from shared.ports.channels import WayOut
from shared.ports.surroundings import Clock
from shared.ports.table import Item, Table
from shared.store import keys
from shared.store.consents import consents_in_force
from shared.store.items import UNDELIVERABLE_SINCE, identity_name, live_identities
from shared.store.sends import Send
from shared.store.views import entry_view

if TYPE_CHECKING:
    from shared.configuration import Config

LOOP: Final = "loop_suspected"
_CODES: Final = {"identity": "needs_verification"}
"""A check of the moment of sending that failed, as agents are told of it; a closed window has codes of its own."""


@dataclass(frozen=True, slots=True)
class Planned:
    """`bodies`: the requests, in order. `refused`: why there are none. `knock`: the template that may go instead, to
    open a closed window. `said_at`: when the agent wrote (epoch seconds). `is_private_reply`: to public words.
    `files`: of the answer; while it waits for them there are neither bodies nor refusal. `later_s`: so long it waits
    for the morning."""

    channel: str
    account: str
    language: Language
    said_at: float
    way: WayOut | None = None
    bodies: tuple[Body, ...] = ()
    refused: Refused | None = None
    knock: Body | None = None
    is_private_reply: bool = False
    files: Going = field(default_factory=Going)
    later_s: float | None = None

    @property
    def names_missing(self) -> str:
        """Of the files that do not go along."""
        return ", ".join(self.files.without.values())

    @property
    def said_without(self) -> str:
        """What the agent is told of those files where the rest goes out."""
        return WITHOUT_FILES[self.language].replace("{names}", self.names_missing)

    @property
    def account_name(self) -> str:
        """Under which the account's breaker is kept."""
        return f"{self.channel}:{self.account}"

    def advice(self, said: Refused) -> str:
        """What the agent is told."""
        own = advice(said.code, self.language, said.detail)
        if own is None and self.way is not None:
            own = self.way.advice(said.code, self.language)
        return own or said.code


@dataclass(frozen=True, slots=True)
class _Addressed:
    """`profile`: whose case it is. `undeliverable_since`: when it came back that nothing is delivered there."""

    to: Address
    profile: Item
    undeliverable_since: str | None

    def dead(self, last_said: datetime | None) -> Refused | None:
        """Nothing goes where nothing arrives, until the customer writes from there once more."""
        if self.undeliverable_since is None:
            return None
        is_back = last_said is not None and last_said > datetime.fromisoformat(self.undeliverable_since)
        return None if is_back else Refused("undeliverable")


@dataclass(frozen=True, slots=True)
class Planner:
    """`way_of`: how a channel carries answers, by its name; None for one that cannot yet. `link`: where people may get
    a file of the hub's, None where nobody outside could. `surveys`: what makes their tokens and links."""

    table: Table
    config: Config
    clock: Clock
    way_of: Callable[[str], WayOut | None]
    link: Link | None = None
    surveys: SurveyLinks | None = None

    def plan(self, send: Send) -> Planned:
        """6 RCU and the entries back to what the customer said last. Raises `Permanent` where entry, case or customer
        is not there."""
        item, case = self._entry(send), self._case(send)
        entry = entry_view(item)
        _, channel, account, _ = send.conversation.split("#", 3)
        brand, _known = self.config.brand_of(channel, account)
        said_at = (entry.occurred_at or entry.received_at).timestamp()
        planned = Planned(channel, account, language_of(brand.languages), said_at)
        way = self.way_of(channel)
        if way is None:
            return replace(planned, refused=Refused("no_way"))
        planned = replace(planned, way=way)
        comment = commented(self.table, send, item)
        if isinstance(comment, Refused):
            return replace(planned, refused=comment)
        planned = replace(planned, is_private_reply=comment is not None)
        addressed = self._reached(send, entry, case, comment)
        if isinstance(addressed, Refused):
            return replace(planned, refused=addressed)
        to, profile = addressed.to, addressed.profile
        spoken = spoken_before(self.table, send, said_at)
        if is_loop(spoken.turns, said_at):
            return replace(planned, refused=Refused(LOOP))
        last_said = None if comment else self._last_said(planned, spoken, send, case)
        stopped = addressed.dead(last_said)
        permit = stopped or self._permitted(self._sending(planned, entry, comment), planned, last_said, profile)
        if isinstance(permit, Later):
            return replace(planned, later_s=permit.after_s)
        if isinstance(permit, Refused):
            knock = self._knock(planned, to, send) if entry.survey is None else None
            return replace(planned, refused=permit, knock=knock)
        settings = self.config.account(channel, account)
        gathered = Gathered(
            send, entry, case, profile, brand, spoken, last_said, permit, bool(settings and settings.reply_to)
        )
        found = going(self.table, send, item, entry, self.clock(), self.link)
        planned = replace(planned, files=found)
        if found.until is not None:
            return planned
        return self._said(planned, way, replace(gathered, files=found).answer(self.table, self.surveys), to, send)

    def advice_of(self, send: Send, code: str) -> str | None:
        """What the agent is told of a code of the hub's own, in the first language of the account's brand."""
        _, channel, account, _ = send.conversation.split("#", 3)
        brand, _known = self.config.brand_of(channel, account)
        return advice(code, language_of(brand.languages))

    def _said(self, planned: Planned, way: WayOut, answer: Answer, to: Address, send: Send) -> Planned:
        if planned.files.without and not (answer.attachments or (answer.text or "").strip() or answer.html):
            return replace(planned, refused=Refused("files_missing", planned.names_missing))
        try:
            bodies = way.render(answer, to, send.mark)
        except Permanent as fault:
            return replace(planned, refused=Refused("cannot_be_said", fault.reason))
        return replace(planned, bodies=tuple(bodies), knock=self._knock(planned, to, send))

    def _knock(self, planned: Planned, to: Address, send: Send) -> Body | None:
        """The configured template, in its own send: its mark names no part of the answer."""
        account = self.config.account(planned.channel, planned.account)
        wanted = account.template if account else None
        if wanted is None or planned.way is None or planned.channel not in TEMPLATES:
            return None
        template = Template(wanted.name, wanted.language, tuple(wanted.parameters))
        return planned.way.render(Answer(template=template), to, f"{send.mark}:knock")[0]

    def _reached(self, send: Send, entry: Entry, case: Item, comment: Commented | None) -> _Addressed | Refused:
        if entry.survey is not None and case["state"] not in OVER:
            return Refused("case_goes_on")
        return self._addressed(send, case, comment)

    def _addressed(self, send: Send, case: Item, comment: Commented | None) -> _Addressed | Refused:
        """Where it goes, if the conversation is still the case's customer's, by an identity that is still theirs."""
        conversation = self.table.get((send.conversation, "CNV")).item
        if conversation is None or "customer" not in conversation:
            return Refused("not_theirs")
        holder = living_profile(self.table, conversation["customer"])
        profile = holder
        if case["customer"] != conversation["customer"]:
            profile = living_profile(self.table, case["customer"])
        if holder["id"] != profile["id"]:
            return Refused("not_theirs")
        names = {identity_name(one): one for one in live_identities(profile)}
        own = next((name for name in names if send.conversation.endswith(f"#{name}")), None)
        theirs = names.get(own or "") or next((names[name] for name in conversation["known"] if name in names), None)
        if theirs is None:
            return Refused("not_theirs")
        if comment is not None:
            return _Addressed(comment.to, profile, None)
        value = theirs.address or conversation.get("address")
        if not value:
            return Refused("no_address")
        return _Addressed(Address(theirs.kind, value), profile, conversation.get(UNDELIVERABLE_SINCE))

    def _last_said(self, planned: Planned, spoken: Spoken, send: Send, case: Item) -> datetime | None:
        """When the customer last wrote on this account. Where this case would close the window, the one it goes on
        from and the one that the conversation has come to are looked at, too: 3 RCU and their entries."""
        now, last_said = datetime.fromtimestamp(self.clock(), UTC), spoken.last_said
        if in_window(planned.channel, last_said, now):
            return last_said
        conversation = self.table.get((send.conversation, "CNV")).item or {}
        tapped = datetime.fromisoformat(conversation[SAID_AT]) if SAID_AT in conversation else None
        beside = dict.fromkeys(name for name in (case.get("follow_up_of"), conversation.get("case")) if name)
        others = (self.table.get(keys.case(name)).item for name in beside if name != send.case)
        theirs = [one["id"] for one in others if one and one["customer"] == case["customer"]]
        found = (last_said, tapped, *(last_said_in(self.table, name, send) for name in theirs))
        return max((one for one in found if one is not None), default=None)

    def _sending(self, planned: Planned, entry: Entry, comment: Commented | None) -> Sending:
        account = self.config.account(planned.channel, planned.account)
        return Sending(
            planned.channel,
            "service" if entry.survey is None else "survey",
            by_person=entry.author.type == "agent",
            human_window=bool(account and account.human_agent),
            comment_at=comment.said_at if comment else None,
        )

    def _permitted(
        self, what: Sending, planned: Planned, last_said: datetime | None, profile: Item
    ) -> Permit | Refused | Later:
        """How it may go at this moment, or what forbids it: the checks of the sheet, in its order."""
        brand, _known = self.config.brand_of(planned.channel, planned.account)
        consents = consents_in_force(self.table, profile)
        if what.purpose == "survey" and opted_out(consents, what.channel):
            return Refused("not_allowed")
        person = Person(
            zone=ZoneInfo(brand.time_zone),
            last_said=last_said,
            consents=consents,
            is_verified=not _is_doubted(profile),
        )
        now = datetime.fromtimestamp(self.clock(), UTC)
        decision = may_send(what, person, Account(), now)
        if decision.verdict == "wait" and decision.until:
            return Later("quiet_hours", (decision.until - now).total_seconds())
        if decision.because is None:
            return "human" if decision.verdict == "human" else "free"
        if decision.because == "window":
            return Refused(why_closed(what, last_said, now), window=True)
        return Refused(_CODES.get(decision.because, "not_allowed"))

    def _entry(self, send: Send) -> Item:
        item = self.table.get(keys.entry(send.case, send.sequence)).item
        if item is None:
            raise Permanent(f"entry {send.sequence} of case {send.case} is to be sent, but does not exist")
        return item

    def _case(self, send: Send) -> Item:
        item = self.table.get(keys.case(send.case)).item
        if item is None:
            raise Permanent(f"an answer of case {send.case}, which does not exist")
        return item


def _is_doubted(profile: Item) -> bool:
    """Another person may be behind the number now: nothing personal goes out before somebody looked."""
    return bool(profile.get("needs_verification"))
