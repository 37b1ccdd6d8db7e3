"""The event: one thing a channel or a tool told us, in the hub's words.

Absent means unknown: nothing is invented. `Event.dump()` gives the JSON form that others hold on to:
unknown fields left out, times in UTC with `Z`, every string fit for UTF-8.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from shared.domain.moment import utc_text as utc_text

_SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with lone surrogates replaced, so that it can be encoded as UTF-8."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text) if not text.isascii() else text


def _aware(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _is_aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment


Text = Annotated[str, AfterValidator(printable)]
Moment = Annotated[
    datetime, BeforeValidator(_aware), AfterValidator(_is_aware), PlainSerializer(utc_text, return_type=str)
]
Price = Annotated[Decimal, PlainSerializer(lambda price: format(price, "f"), return_type=str)]

HUB: Final = "hub"
"""The channel of what happens in the hub itself: what its staff do there, and what its clock does."""

Kind = Literal[
    "message",
    "postback",
    "reaction",
    "edit",
    "deletion",
    "receipt",
    "comment",
    "call",
    "survey",
    "bounce",
    "auto_reply",
    "state_change",
    "identity_change",
    "account_news",
    "history",
    "unsupported",
    "ignored",
]
IdentityKind = Literal["phone", "email", "whatsapp", "messenger", "instagram", "x", "telegram", "linkedin", "external"]
Level = Literal["claimed", "channel", "confirmed", "staff"]
ReceiptState = Literal["sent", "delivered", "read", "played", "failed", "deleted", "unknown"]


class Part(BaseModel):
    """Base of everything in an event: closed, immutable, absent means unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def dump(self) -> dict[str, Any]:
        """The JSON form, unknown fields left out."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=False)


class Author(Part):
    type: Literal["customer", "agent", "bot", "system"]
    id: Text | None = None
    name: Text | None = None


class Identity(Part):
    """By which a channel names a person. `address`: verbatim what the provider wants for sending."""

    kind: IdentityKind
    value: Text
    namespace: Text | None = None
    address: Text | None = None
    level: Level


class StoredFile(Part):
    """What became of a file that came with a message. `key`: where it lies in Files; `dangerous`: why it may harm
    whoever opens it; `reason`: why it is not there. `url`, `expires_at`: where a tool may fetch it, and until when."""

    state: Literal["queued", "fetched", "gone", "refused", "too_large", "failed"]
    filename: Text
    mime_type: Text | None = None
    size: int | None = None
    sha256: Text | None = None
    dangerous: Text | None = None
    reason: Text | None = None
    key: Text | None = None
    url: Text | None = None
    expires_at: Moment | None = None


class Attachment(Part):
    kind: Literal["image", "audio", "video", "document", "sticker", "share", "story"]
    mime_type: Text | None = None
    filename: Text | None = None
    size: int | None = None
    sha256: Text | None = None
    provider_id: Text | None = None
    url: Text | None = None
    content_id: Text | None = None
    voice: bool | None = None
    animated: bool | None = None
    failed: Text | None = None
    stored: StoredFile | None = None


class Location(Part):
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    name: Text | None = None
    address: Text | None = None


class Card(Part):
    """A shared contact card: all of it is what somebody claims."""

    name: Text | None = None
    phones: list[Text] = Field(default_factory=list)
    emails: list[Text] = Field(default_factory=list)


class Choice(Part):
    """A button, list row, quick reply or flow answer. `data` is what came with it, kept as it came."""

    id: Text
    title: Text | None = None
    description: Text | None = None
    data: Text | None = None


class OrderItem(Part):
    product_id: Text | None = None
    quantity: int | None = None
    price: Price | None = None
    currency: Text | None = None


class Order(Part):
    catalog_id: Text | None = None
    items: list[OrderItem] = Field(default_factory=list)
    text: Text | None = None


class Reaction(Part):
    """Emoji absent: the reaction was taken back."""

    emoji: Text | None = None
    target: Text


class Referral(Part):
    source_type: Text | None = None
    source_id: Text | None = None
    headline: Text | None = None
    url: Text | None = None
    click_id: Text | None = None


class ReceiptError(Part):
    code: Text
    title: Text | None = None
    detail: Text | None = None
    retryable: bool


class Receipt(Part):
    state: ReceiptState
    target: Text | None = None
    up_to: Moment | None = None
    error: ReceiptError | None = None


class Call(Part):
    state: Text
    duration_s: int | None = None
    queue_s: int | None = None
    talk_s: int | None = None
    hold_s: int | None = None
    wrap_up_s: int | None = None
    recording_url: Text | None = None
    agent: Text | None = None


class Survey(Part):
    """What a customer is asked after a case, or one answer to it (docs/surveys.md).

    `case`, `sequence`: of the entry that asked; `channel`, `agent`, `journey`: to what it was bound then, whatever is
    open when the answer comes. `answer`: as it was given on `scale`; `value`: as it counts on the `kind`'s own scale;
    `scale_mapped`: that is another, and it stands there by the hub's table. `until`: an answer counts up to then.
    """

    kind: Literal["csat", "nps", "ces", "ces_old"]
    scale: Text
    case: Text
    sequence: int
    channel: Text
    agent: Text | None = None
    journey: Text | None = None
    until: Moment | None = None
    answer: int | None = None
    value: int | None = None
    scale_mapped: bool = False


class Event(Part):
    """One thing that happened, as the contract's table lists it.

    `message_ref`: the name by which later messages refer to this one, where that is not `message_id` (e-mail's
    Message-ID). `token`: the signed token of the address it was sent to. `until`: of a case put on hold.
    `edit_number`: of an edit, how often the message had been edited with it, where the channel counts.
    """

    channel: Text
    account: Text
    thread: Text | None = None
    public: bool = False
    kind: Kind
    message_id: Text
    direction: Literal["inbound", "outbound"] = "inbound"
    author: Author
    visibility: Literal["public", "internal"] = "public"
    occurred_at: Moment | None = None
    identities: list[Identity] = Field(default_factory=list)
    display_name: Text | None = None
    text: Text | None = None
    html: Text | None = None
    subject: Text | None = None
    quoted_text: Text | None = None
    attachments: list[Attachment] = Field(default_factory=list)
    location: Location | None = None
    contacts: list[Card] = Field(default_factory=list)
    choice: Choice | None = None
    order: Order | None = None
    reaction: Reaction | None = None
    message_ref: Text | None = None
    in_reply_to: Text | None = None
    references: list[Text] = Field(default_factory=list)
    token: Text | None = None
    referral: Referral | None = None
    forwarded: bool = False
    receipt: Receipt | None = None
    call: Call | None = None
    survey: Survey | None = None
    previous_identities: list[Identity] = Field(default_factory=list)
    history: list[Event] = Field(default_factory=list)
    until: Moment | None = None
    edit_number: int | None = None
    seen: int | None = None
    flags: list[Text] = Field(default_factory=list)
    provider_type: Text
    reason: Text | None = None

    @property
    def is_malformed(self) -> bool:
        return "malformed" in self.flags


class Entry(Event):
    """An event in a case: gapless `sequence`, our clock's `received_at`, and `delivery`, the highest receipt."""

    case_id: Text
    sequence: int
    received_at: Moment
    delivery: ReceiptState | None = None
