"""What RT answers, as far as the hub relies on it. Pure. What is not of RT's shape is a lost answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from shared.domain.errors import Transient

Read = TypeVar("Read")


def understood(make: Callable[[], Read], origin: str) -> Read:
    """What `make` reads. Raises Transient when the answer does not have RT's shape (a proxy's page, a half answer)."""
    try:
        return make()
    except (KeyError, TypeError, ValueError, AttributeError):
        failure = Transient(f"{origin} answered, but not as RT does")
    raise failure


def items_of(answer: Any, origin: str) -> list[dict[str, Any]]:
    """The items of a list."""
    return understood(lambda: [dict(item) for item in answer["items"]], origin)


def custom_field(thing: Mapping[str, Any], name: str) -> str | None:
    """The value of a single-valued custom field; None when it is empty or not there."""
    for field in thing.get("CustomFields") or ():
        if field["name"] == name:
            return str(field["values"][0]) if field["values"] else None
    return None


@dataclass(frozen=True, slots=True)
class User:
    """A user. `contact_id`: ours, in HubContactId. `made_by`, `changed_by`: names of users."""

    id: str
    name: str
    real_name: str
    email: str
    phone: str
    contact_id: str | None
    is_privileged: bool
    is_disabled: bool
    made_by: str
    changed_by: str
    has_contact_field: bool

    @classmethod
    def read(cls, said: Any, origin: str) -> Self:
        return understood(
            lambda: cls(
                id=str(said["id"]),
                name=str(said["Name"]),
                real_name=str(said.get("RealName") or ""),
                email=str(said.get("EmailAddress") or ""),
                phone=str(said.get("MobilePhone") or ""),
                contact_id=custom_field(said, "HubContactId"),
                is_privileged=_is_set(said.get("Privileged")),
                is_disabled=_is_set(said.get("Disabled")),
                made_by=_id_of(said.get("Creator")),
                changed_by=_id_of(said.get("LastUpdatedBy")),
                has_contact_field=any(field["name"] == "HubContactId" for field in said.get("CustomFields") or ()),
            ),
            origin,
        )


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket. `case_id`: ours, in HubCaseId. `requestors`: names of users."""

    id: str
    status: str
    queue_id: str
    case_id: str | None
    requestors: tuple[str, ...]

    @classmethod
    def read(cls, said: Any, origin: str) -> Self:
        return understood(
            lambda: cls(
                id=str(said["id"]),
                status=str(said["Status"]),
                queue_id=_id_of(said["Queue"]),
                case_id=custom_field(said, "HubCaseId"),
                requestors=tuple(_id_of(user) for user in said.get("Requestor") or ()),
            ),
            origin,
        )


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction of a ticket. `subject`: of the message in it. `message_id`: in HubMessageId."""

    id: str
    type: str
    ticket_id: str
    subject: str
    message_id: str | None

    @classmethod
    def read(cls, said: Any, origin: str) -> Self:
        return understood(
            lambda: cls(
                id=str(said["id"]),
                type=str(said["Type"]),
                ticket_id=_id_of(said["Object"]),
                subject=str(said.get("Data") or ""),
                message_id=custom_field(said, "HubMessageId"),
            ),
            origin,
        )


def _id_of(reference: Any) -> str:
    return str(reference["id"]) if reference else ""


def _is_set(flag: Any) -> bool:
    return str(flag or "0") != "0"
