"""Whether the hub may do in an RT what it must: its token, queue, fields, rights, mail to customers, and the way back.

It only looks. RT's REST2 makes no custom field, and shows neither rights nor scrips: rights are seen by the links that
RT offers, mail by what RT wrote down of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from email.utils import getaddresses
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from shared.connectors.request_tracker.place import CASE_ID, CHANNEL, CONTACT_ID, MESSAGE_ID
from shared.connectors.request_tracker.reading import items_of, understood
from shared.connectors.request_tracker.rest import quoted
from shared.domain.errors import HubError
from shared.domain.held import Checked

if TYPE_CHECKING:
    from shared.connectors.request_tracker.options import Options
    from shared.connectors.request_tracker.rest import Rest, Work
    from shared.ports.surroundings import Secrets

FIELD_RIGHTS: Final = "give the hub's user SeeCustomField and ModifyCustomField"
MAILS_LOOKED_AT: Final = 5
SCRIPS: Final = (
    "in RT, Admin > Queues > the queue > Scrips: switch off On Create Autoreply To Requestors and On Correspond Notify "
    "Requestors and Ccs"
)
WEBHOOK: Final = (
    "RT's REST2 makes no scrips. In RT, Admin > Scrips > Create: condition On Transaction, action User Defined, and "
    "the code of docs/connectors/request_tracker_scrip.pl; until then a sweep finds everything within five minutes"
)


class RequestTrackerSetup:
    """About ten requests, each check with what there is to do. A token that is refused ends it."""

    def __init__(self, name: str, options: Options, secret: str, rest: Rest, secrets: Secrets) -> None:
        self._name = name
        self._options = options
        self._secret = secret
        self._rest = rest
        self._secrets = secrets

    def check(self, *, mend: bool) -> list[Checked]:  # noqa: ARG002  there is nothing that its API would set up
        """See `Setup.check`."""
        try:
            return list(self._checks(self._rest.work()))
        except HubError as error:
            return [Checked("url and token", ok=False, detail=error.reason, todo="mend url or secret, and ask again")]

    def _checks(self, work: Work) -> Iterator[Checked]:
        me = work.user(str(work.user_id))
        if me is None:
            yield Checked("url and token", ok=False, detail="RT does not know the user of the token")
            return
        yield Checked("url and token", ok=True, detail=f"RT answers, and knows the token as user {me.name}")
        yield _verdict(
            "the hub's user is privileged", me.is_privileged, "in RT, Admin > Users: Let this user be granted rights"
        )
        yield _field(CONTACT_ID, "users", there=me.has_contact_field)
        for checks in (self._queue, self._users, self._tickets, self._mail, self._way_back):
            yield from _told(checks, work)

    def _queue(self, work: Work) -> Iterator[Checked]:
        said, origin = work.get(f"/queue/{quote(self._options.queue, safe='')}")
        if said is None:
            yield Checked(
                "queue", ok=False, detail="RT shows no such queue", todo="mend `queue`, or give the right SeeQueue"
            )
            return
        links, tickets, transactions = understood(lambda: _queue_of(said), origin)
        yield Checked("queue", ok=True, detail=f"{self._options.queue} is number {said['id']}")
        yield _right("CreateTicket", "create" in links)
        yield _field(CASE_ID, "tickets of the queue", there=CASE_ID in tickets)
        yield _field(MESSAGE_ID, "transactions of tickets of the queue", there=MESSAGE_ID in transactions)
        if CHANNEL not in tickets:
            yield Checked(f"field {CHANNEL} (if you like)", ok=True, detail="there is none: tickets do not say by it")

    def _users(self, work: Work) -> Iterator[Checked]:
        yield _right("AdminUsers", work.may_administer_users(), "globally, to make users")

    def _tickets(self, work: Work) -> Iterator[Checked]:
        """Rights on tickets are seen on one: the newest of the queue."""
        names = ("ShowTicket", "ReplyToTicket", "CommentOnTicket", "ModifyTicket")
        found = work.search("tickets", f"Queue = {quoted(self._options.queue)}", "Status", newest=True)
        if not found:
            todo = "make a ticket in the queue, and ask again; without ShowTicket RT shows none either"
            yield Checked(", ".join(names), ok=None, detail="the queue shows no ticket to see them on", todo=todo)
            return
        said, origin = work.get(f"/ticket/{found[0]['id']}")
        links = understood(lambda: _links(said or {}), origin)
        yield _right("ShowTicket", said is not None)
        yield _right("ReplyToTicket", "correspond" in links)
        yield _right("CommentOnTicket", "comment" in links)
        yield _right("ModifyTicket", "lifecycle" in links, "on the queue; or the ticket's status has no way on")

    def _mail(self, work: Work) -> Iterator[Checked]:
        """RT writes down each mail that it sends of a ticket: those that followed something of the hub's."""
        what = "RT mails no customer what the hub writes"
        query = f"ObjectType = 'RT::Ticket' AND Creator = {work.user_id} AND (Type = 'Correspond' OR Type = 'Create')"
        newest = work.search("transactions", query, "ObjectId,Type", newest=True)
        if not newest:
            yield Checked(what, ok=None, detail="the hub has written nothing yet", todo=SCRIPS)
            return
        ticket, number = understood(lambda: (int(newest[0]["ObjectId"]), int(newest[0]["id"])), self._name)
        query = f"ObjectType = 'RT::Ticket' AND ObjectId = {ticket} AND Type = 'EmailRecord' AND id > {number}"
        for mail in work.search("transactions", query, "Type")[:MAILS_LOOKED_AT]:
            if self._reaches_customers(work, str(mail["id"])):
                detail = f"transaction {mail['id']} of ticket {ticket} went to somebody who does not work there"
                yield Checked(what, ok=False, detail=detail, todo=SCRIPS)
                return
        detail = f"none went out after transaction {number}, the last that the hub wrote, as far as RT shows it"
        yield Checked(what, ok=None, detail=detail, todo=f"REST2 shows no scrips, so see for yourself: {SCRIPS}")

    def _reaches_customers(self, work: Work, mail: str) -> bool:
        said, origin = work.get(f"/transaction/{mail}/attachments?fields=Headers")
        headers = [str(item.get("Headers") or "") for item in items_of(said, origin)] if said else []
        lines = [
            line
            for text in headers[:1]
            for line in text.splitlines()
            if line.lower().startswith(("to:", "cc:", "bcc:"))
        ]
        for _, address in getaddresses([line.partition(":")[2] for line in lines]):
            users = (
                [user for user in work.users_where("EmailAddress", address) if user.email == address] if address else []
            )
            if any(not user.is_privileged for user in users):
                return True
        return False

    def _way_back(self, work: Work) -> Iterator[Checked]:  # noqa: ARG002  as the others
        held = self._secrets.get(self._secret).get("signing_secrets")
        todo = 'add "signing_secrets": ["whsec_…"] to its secret: what RT\'s webhooks are signed with'
        yield _verdict("the secret that signs webhooks", bool(held), todo)
        yield Checked("webhook", ok=None, detail="RT does not show its scrips", todo=WEBHOOK)


def _told(checks: Callable[[Work], Iterator[Checked]], work: Work) -> list[Checked]:
    """Of checks that RT refuses, how."""
    found: list[Checked] = []
    try:
        found.extend(checks(work))
    except HubError as error:
        found.append(Checked(checks.__name__.strip("_").replace("_", " "), ok=False, detail=error.reason))
    return found


def _verdict(what: str, ok: bool, todo: str) -> Checked:
    return Checked(what, ok=ok, todo="" if ok else todo)


def _right(name: str, ok: bool, where: str = "on the queue") -> Checked:
    return _verdict(f"right {name}", ok, f"give the hub's user the right {name} {where}")


def _field(name: str, of: str, *, there: bool) -> Checked:
    todo = f"in RT, Admin > Custom Fields: make {name} (Enter one value), apply it to {of}, and {FIELD_RIGHTS}"
    return _verdict(f"field {name}", there, todo)


def _links(said: Mapping[str, Any]) -> set[str]:
    return {str(link["ref"]) for link in said.get("_hyperlinks") or ()}


def _queue_of(said: Mapping[str, Any]) -> tuple[set[str], set[str], set[str]]:
    tickets = {str(field["name"]) for field in said["TicketCustomFields"]}
    transactions = {str(field["name"]) for field in said["TicketTransactionCustomFields"]}
    return _links(said), tickets, transactions
