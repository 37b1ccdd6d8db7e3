"""Where the hub writes in an RT, and as whom: asked once, so that nothing is created that could not be found again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from shared.connectors.request_tracker.reading import understood
from shared.domain.errors import Misconfigured

if TYPE_CHECKING:
    from shared.connectors.request_tracker.rest import Work

CONTACT_ID: Final = "HubContactId"
CASE_ID: Final = "HubCaseId"
MESSAGE_ID: Final = "HubMessageId"
CHANNEL: Final = "Channel"


@dataclass(frozen=True, slots=True)
class Place:
    """The queue and the hub's own user. `has_channel`: tickets have the field Channel."""

    queue_id: str
    me: str
    has_channel: bool


def look(work: Work, queue: str) -> Place:
    """Two requests. Raises Misconfigured, saying what to do in RT, when a queue or a custom field is missing.

    RT ignores a field that it does not have, or that the user may not see, and answers 201: so it is asked before.
    """
    name = work.rest.name
    me = work.user(str(work.user_id))
    if me is None:
        raise Misconfigured(f"connector {name}: RT does not know the user of its token")
    if not me.has_contact_field:
        raise Misconfigured(_without("user", CONTACT_ID, name))
    said, origin = work.get(f"/queue/{quote(queue, safe='')}")
    if said is None:
        raise Misconfigured(f"connector {name}: RT has no such queue, or its user may not see it (right SeeQueue)")
    queue_id, of_tickets, of_transactions = understood(lambda: _read(said), origin)
    if CASE_ID not in of_tickets:
        raise Misconfigured(_without("ticket", CASE_ID, name))
    if MESSAGE_ID not in of_transactions:
        raise Misconfigured(_without("ticket transaction", MESSAGE_ID, name))
    return Place(queue_id, me.name, CHANNEL in of_tickets)


def _read(said: Any) -> tuple[str, set[str], set[str]]:
    tickets = {str(field["name"]) for field in said["TicketCustomFields"]}
    transactions = {str(field["name"]) for field in said["TicketTransactionCustomFields"]}
    return str(said["id"]), tickets, transactions


def _without(of: str, field: str, name: str) -> str:
    return (
        f"connector {name}: RT has no {of} custom field {field} there, or the hub's user may not see it: "
        "create and apply it, and give the rights SeeCustomField and ModifyCustomField"
    )
