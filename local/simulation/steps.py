"""What a story's steps can say, as models. Reference: the stories of the interfaces, and docs/stories.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictStr, model_validator

from shared.configuration import seconds_of
from shared.configuration.values import ChannelName, Name
from shared.domain.event import Card, Identity, Kind, Location, ReceiptState

Action = Literal[
    "reply", "note", "pend", "hold", "resolve", "reopen", "close", "spam", "assign", "priority", "merge", "delete"
]
Priority = Literal["urgent", "high", "normal", "low"]

MOST_TIMES: Final = 1000

NOT_ON_WHATSAPP: Final = (
    *("identities", "claims", "authenticated", "kind", "subject", "html", "quoted_text"),
    *("call", "references", "token", "thread", "public", "flags", "mail"),
)
"""Keys of a step that speak of other channels."""


def _moment(text: Any) -> datetime:
    if isinstance(text, datetime):
        return text
    try:
        moment = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        raise ValueError('not a moment: write it as "2026-12-04T17:20:00-05:00"') from None
    if moment.tzinfo is None:
        raise ValueError('a moment needs its time zone: write it as "2026-12-04T17:20:00-05:00"')
    return moment


def _seconds(duration: Any) -> int:
    return seconds_of(duration if isinstance(duration, str) else "")


Moment = Annotated[datetime, BeforeValidator(_moment)]
Seconds = Annotated[int, BeforeValidator(_seconds)]
Text = StrictStr


class Written(BaseModel):
    """Base of everything in a story: closed, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Step(Written):
    """`at`: the provider's clock, absent: now. `arrives`: ours, absent: the same. `id`: how later steps name it."""

    id: Text | None = None
    at: Moment | None = None
    arrives: Moment | None = None


class Button(Written):
    id: Text
    title: Text | None = None


class Call(Written):
    """`state` in the provider's word, such as `missed` or `completed`."""

    state: Text
    duration: Seconds | None = None


class ChannelStep(Step):
    """Something happens on a channel: a person says it (`from`), or the company does there (`to`)."""

    channel: ChannelName
    account: Text | None = None
    sender: Text | None = Field(default=None, alias="from")
    to: Text | None = None
    name: Text | None = None
    user_id: Text | None = None
    parent_user_id: Text | None = None
    identities: list[Identity] = Field(default_factory=list)
    claims: list[Identity] = Field(default_factory=list)
    authenticated: bool = True
    """E-mail: the sender's domain vouches for the address."""

    kind: Kind | None = None
    text: Text | None = None
    subject: Text | None = None
    html: Text | None = None
    quoted_text: Text | None = None
    media: list[Text] = Field(default_factory=list)
    button: Button | None = None
    reaction: Text | None = None
    contact: Card | None = None
    location: Location | None = None
    call: Call | None = None
    edits: Text | None = None
    deletes: Text | None = None
    receipt: ReceiptState | None = None
    of: Text | None = None
    changed_to: Text | None = None

    reply_to: Text | None = None
    references: list[Text] = Field(default_factory=list)
    token: int | Text | None = None
    thread: Text | None = None
    public: bool = False
    forwarded: bool = False
    flags: list[Text] = Field(default_factory=list)
    said: dict[str, Any] = Field(default_factory=dict)
    """More, in the channel's own words: WhatsApp's message, elsewhere fields of the event."""

    payload_file: Text | None = None
    raw_file: Text | None = None
    mail: Text | None = None
    """E-mail: the message itself, header and body."""

    times: int = Field(default=1, ge=1, le=MOST_TIMES)

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        full = dict(given)
        if isinstance(full.get("button"), str):
            full["button"] = {"id": full["button"]}
        if isinstance(full.get("call"), str):
            full["call"] = {"state": full["call"]}
        if isinstance(full.get("media"), str):
            full["media"] = [full["media"]]
        for key in ("from", "to"):
            if type(full.get(key)) is int:  # a phone without quotes
                full[key] = str(full[key])
        for key, level in (("identities", "channel"), ("claims", "claimed")):
            if isinstance(full.get(key), list):
                full[key] = [_identity(one, level) for one in full[key]]
        return full

    @model_validator(mode="after")
    def _has_somebody(self) -> ChannelStep:
        whole = [one for one in (self.payload_file, self.raw_file, self.mail) if one]
        ends = [end for end in (self.sender, self.to) if end]
        if len(whole) + len(ends) == 0 and not (self.identities or self.claims or self.user_id):
            raise ValueError("somebody writes: say from, or to when the company does, or payload_file")
        if len(whole) > 1 or len(ends) > 1:
            raise ValueError("one of from and to, one of payload_file, raw_file and mail")
        if self.mail and self.channel != "email":
            raise ValueError("mail: only e-mail is told so")
        if self.receipt and not self.of:
            raise ValueError("receipt: of which message? Say of: and the id of its step")
        if self.deletes and self.edits:
            raise ValueError("deletes: a message is edited or deleted, not both")
        if self.reaction is not None and not self.reply_to:
            raise ValueError("reaction: to which message? Say reply_to: and the id of its step")
        self._check_whatsapp()
        return self

    def _check_whatsapp(self) -> None:
        """What WhatsApp's own payload has no place for would be lost without a word."""
        if self.channel != "whatsapp":
            return
        for key in NOT_ON_WHATSAPP:
            if key in self.model_fields_set:
                raise ValueError(f"{key}: WhatsApp says no such thing; said: {{…}} takes its own words")
        if len(self.media) > 1:
            raise ValueError("media: one for each message on WhatsApp")


def _identity(given: Any, level: str) -> Any:
    """`email:ana@example.com`, with another level after a blank (`… confirmed`), or all of it as a mapping."""
    if isinstance(given, Mapping):
        return {"level": level, **given}
    if not isinstance(given, str) or ":" not in given:
        raise ValueError('an identity is written as "email:ana@example.com" or "email:ana@example.com confirmed"')
    kind, _, rest = given.partition(":")
    value, _, stated = rest.partition(" ")
    return {"kind": kind, "value": value, "level": stated.strip() or level}


class ToolStep(Step):
    """Somebody does something in a connected tool, in the ticket of a case."""

    connector: Name
    action: Action
    case: int | None = Field(default=None, ge=1)
    ticket: Text | None = None
    agent: Text | None = None
    text: Text | None = None
    to: Text | None = None
    priority: Priority | None = None
    into: int | None = Field(default=None, ge=1)
    until: Moment | None = None
    reason: Text | None = None
    reply_to: Text | None = None
    seen: int | None = Field(default=None, ge=0)
    """The last entry of the case that the agent had before them; absent: all that the tool was told."""
    times: int = Field(default=1, ge=1, le=MOST_TIMES)

    @model_validator(mode="after")
    def _says_enough(self) -> ToolStep:
        if (self.case is None) == (self.ticket is None):
            raise ValueError("it happens in the ticket of a case: say case: 1 (or ticket: and the tool's own id)")
        needs = {"reply": self.text, "note": self.text, "merge": self.into}
        if self.action in needs and needs[self.action] is None:
            what = "into: 2, the case that remains" if self.action == "merge" else "text:"
            raise ValueError(f"action: {self.action} needs {what}")
        if self.action == "priority" and (self.priority or self.text) is None:
            raise ValueError("action: priority needs priority: high")
        if self.action == "assign" and (self.to or self.agent) is None:
            raise ValueError("action: assign needs to: and the agent")
        return self


class Record(Written):
    """A contact as a tool keeps it, typed by whoever typed it."""

    id: Text
    name: Text | None = None
    phones: list[Text] = Field(default_factory=list)
    emails: list[Text] = Field(default_factory=list)


class RecordStep(Step):
    """A connected tool has a contact of its own, which the hub gets to know."""

    connector: Name
    record: Record


class RecordsMergedStep(Step):
    """A connected tool has merged two of its contacts: the first lives on as the second."""

    connector: Name
    merged_records: list[Text] = Field(min_length=2, max_length=2)


class StaffStep(Step):
    """Staff decide in the hub itself: about a pair of customers, about an identity, about one customer."""

    staff: Literal["merge", "unmerge", "accept", "refuse", "shared", "not_shared", "national_id"]
    customers: list[Annotated[int, Field(ge=1)]] = Field(default_factory=list)
    customer: int | None = Field(default=None, ge=1)
    line: Identity | None = None
    type: Text | None = None
    value: Text | None = None
    reason: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        if not isinstance(given, Mapping) or "line" not in given:
            return given
        return {**given, "line": _identity(given["line"], "channel")}

    @model_validator(mode="after")
    def _says_enough(self) -> StaffStep:
        if self.staff in ("shared", "not_shared"):
            if self.line is None:
                raise ValueError(f'staff: {self.staff} needs line: "phone:+593…"')
        elif self.staff == "national_id":
            if not (self.customer and self.type and self.value):
                raise ValueError("staff: national_id needs customer: 1, type: EC-cedula and value:")
        elif len(self.customers) != 2:
            raise ValueError(f"staff: {self.staff} is about two: customers: [1, 2]")
        return self


class SendingStep(Step):
    """What WhatsApp does with the next messages of the hub's: their answers are lost, or it says this code."""

    sending: Annotated[str, Field(pattern=r"^(lost|[0-9]{1,8})$")]
    times: int = Field(default=1, ge=1, le=MOST_TIMES)

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and type(given.get("sending")) is int:
            return {**given, "sending": str(given["sending"])}
        return given


class WaitStep(Written):
    wait: Seconds


class ExpectStep(Written):
    expect: dict[str, Any]


Happening: TypeAlias = ChannelStep | ToolStep | RecordStep | RecordsMergedStep | StaffStep | SendingStep


class ParallelStep(Written):
    """All at once, a worker for each."""

    parallel: list[Happening] = Field(min_length=1)


AnyStep: TypeAlias = Happening | WaitStep | ExpectStep | ParallelStep

KINDS: Final[Mapping[str, type[BaseModel]]] = {
    "wait": WaitStep,
    "expect": ExpectStep,
    "parallel": ParallelStep,
    "sending": SendingStep,
    "staff": StaffStep,
    "record": RecordStep,
    "merged_records": RecordsMergedStep,
    "connector": ToolStep,
    "channel": ChannelStep,
}
"""By the key that tells one kind of step from another."""
