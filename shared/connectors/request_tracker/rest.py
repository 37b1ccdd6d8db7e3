"""RT's REST2 interface: requests that share the time of one piece of work, and what its answers mean."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from shared.connectors.http import POLICY as USUAL
from shared.connectors.http import Policy, Rule
from shared.connectors.request_tracker.reading import Ticket, Transaction, User, items_of, understood
from shared.domain.errors import Misconfigured, Transient

if TYPE_CHECKING:
    from shared.connectors.http import Http
    from shared.http.client import Answer
    from shared.ports.surroundings import Secrets

_REFUSES = "it refuses what we said; see the dead letter that this becomes"

POLICY: Final[Policy] = {
    **USUAL,
    404: Rule("unwelcome", "it has nothing there"),
    409: Rule("transient", "somebody else was faster"),
    412: Rule("transient", "somebody else was faster"),
    "4xx": Rule("unwelcome", _REFUSES),
}
"""A refusal speaks of one thing, and is waited for a while: an operator may mend a right or a field meanwhile."""

MAYBE_ABSENT: Final[Policy] = {**POLICY, 404: Rule("ok", "there is none")}
MAYBE_TAKEN: Final[Policy] = {**POLICY, 400: Rule("ok", "a name or an address is in use")}
OF_TICKET: Final[Policy] = {**POLICY, 403: Rule("unwelcome", "it does not let us do this to this ticket")}
"""Somebody moved a ticket to where the hub's user may do nothing: that says nothing of the other tickets."""
MAYBE_HIDDEN: Final[Policy] = {**MAYBE_ABSENT, 403: Rule("ok", "there is none that we may see")}
OF_TICKET_MAYBE_ABSENT: Final[Policy] = {**OF_TICKET, 404: Rule("ok", "there is none")}

_HEADERS: Final = {"accept": "application/json", "user-agent": "hub-rt/1", "connection": "close"}
"""RT's own servers have few processes, and one that a kept connection holds serves nobody else meanwhile."""

MOST_ITEMS: Final = 100
"""RT gives no longer page."""
MOST_USERS: Final = 5
"""A name, an address and an id of ours each belong to one user; five bound what a search that was ignored costs."""

_TOKEN = re.compile(r"\d+-\d+-[0-9A-Za-z]+", re.ASCII)
_LOCATION = re.compile(r"/(user|ticket|transaction)/(\d+)/?$", re.ASCII)


class Rest:
    """The way to one RT with its token."""

    def __init__(self, name: str, url: str, secret: str, secrets: Secrets, http: Http, timeout_s: float) -> None:
        self.name = name
        self.url = url
        self._secret = secret
        self._secrets = secrets
        self._http = http
        self._timeout_s = timeout_s

    def work(self) -> Work:
        """A piece of work whose requests share the time. Raises Misconfigured when there is no good token."""
        token = token_in(self._secrets, self._secret, self.name)
        user = int(token.split("-")[1])
        return Work(self, self._http, token, user, time.monotonic() + self._timeout_s)


def token_in(secrets: Secrets, secret: str, connector: str) -> str:
    """The token that is in force. Raises Misconfigured when there is no good one."""
    token = secrets.get(secret).get("token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise Misconfigured(f"connector {connector}: its secret has no token of RT's form, 1-<user>-<letters>")
    return token


class Work:
    """Some requests, one after the other, that end by a common time. `user_id`: whose token it is."""

    def __init__(self, rest: Rest, http: Http, token: str, user_id: int, ends: float) -> None:
        self.rest = rest
        self.user_id = user_id
        self._http = http
        self._token = token
        self._ends = ends

    def user(self, name_or_id: str) -> User | None:
        """The user of this name or number. None when RT has none. One request."""
        answer = self._ask("GET", f"/user/{quote(name_or_id, safe='')}", policy=MAYBE_ABSENT)
        return None if answer.status == 404 else User.read(answer.json(), answer.origin)

    def users_where(self, field: str, value: str) -> list[User]:
        """What RT answers to a search for users: it ignores a field that it cannot search by, so compare the value.

        A request, and one more for each of at most five found.
        """
        answer = self._ask("POST", f"/users?per_page={MOST_USERS}", [{"field": field, "value": value}])
        names = understood(lambda: [str(item["id"]) for item in answer.json()["items"]], answer.origin)
        found = [self.user(name) for name in names]
        return [user for user in found if user is not None]

    def may_administer_users(self) -> bool:
        """Whether the hub's user has the right AdminUsers: without it RT ignores a search by nickname, answers with
        everybody, and shows no phones. One request."""
        wanted = [{"field": "NickName", "value": f"nobody's, asked by user {self.user_id}"}]
        answer = self._ask("POST", "/users?per_page=1", wanted)
        return not items_of(answer.json(), answer.origin)

    def users_page(self, page: int, limit: int, fields: str) -> tuple[list[dict[str, Any]], int | None]:
        """The enabled users on a page (from 1), by number, with these fields; and how many there are in all, where RT
        says so. One request.

        RT cannot be asked for users above a number: it ignores that, and answers with all.
        """
        asked = urlencode({"per_page": limit, "page": page, "orderby": "id", "fields": fields})
        answer = self._ask("GET", f"/users?{asked}")
        said = understood(lambda: dict(answer.json().items()), answer.origin)
        total = said.get("total")
        return items_of(said, answer.origin), int(total) if isinstance(total, int) else None

    def ticket(self, ticket_id: str) -> Ticket | None:
        """The ticket, or the one it was merged into: then its `id` is another. None when RT has none. One request."""
        answer = self._ask("GET", f"/ticket/{ticket_id}", policy=OF_TICKET_MAYBE_ABSENT)
        return None if answer.status == 404 else Ticket.read(answer.json(), answer.origin)

    def transaction(self, transaction_id: str) -> Transaction:
        """One transaction. One request."""
        answer = self._ask("GET", f"/transaction/{transaction_id}", policy=OF_TICKET)
        return Transaction.read(answer.json(), answer.origin)

    def search(self, what: str, query: str, fields: str, *, newest: bool = False) -> list[dict[str, Any]]:
        """The first hundred `tickets` or `transactions` of a query in RT's language, oldest first. One request.

        `newest`: the newest one alone.
        """
        asked: dict[str, Any] = {"fields": fields, "per_page": MOST_ITEMS, "orderby": "id"}
        if newest:
            asked |= {"per_page": 1, "order": "DESC"}
        form = urlencode({"query": query}).encode()
        answer = self._ask("POST", f"/{what}?{urlencode(asked)}", form)
        return items_of(answer.json(), answer.origin)

    def get(self, path: str) -> tuple[dict[str, Any] | None, str]:
        """What is at a path, and who said it. None when RT has nothing there that we may see. One request."""
        answer = self._ask("GET", path, policy=MAYBE_HIDDEN)
        if answer.status in (403, 404):
            return None, answer.origin
        return understood(lambda: dict(answer.json().items()), answer.origin), answer.origin

    def attachment(self, attachment_id: str) -> dict[str, Any] | None:
        """One attachment, its Content in base64. None when it is gone, or longer than we read. One request."""
        answer = self._ask("GET", f"/attachment/{attachment_id}", policy=MAYBE_HIDDEN)
        if answer.status in (403, 404) or not answer.is_whole:
            return None
        return understood(lambda: dict(answer.json().items()), answer.origin)

    def create(self, path: str, content: Mapping[str, Any], policy: Policy = POLICY) -> str | None:
        """The number of what was made, of which RT says no more; None where `policy` lets a 400 pass. One request."""
        answer = self._ask("POST", path, dict(content), policy=policy)
        if answer.status == 400:
            return None
        found = _LOCATION.search(answer.headers.get("location", ""))
        if found is None:
            raise Transient(f"{answer.origin} answered {answer.status}, but does not say what it made")
        return found[2]

    def change(self, path: str, content: Mapping[str, Any], policy: Policy = POLICY) -> None:
        """Ask for a change. RT answers 200 whether it was made or not: read it back. One request."""
        self._ask("PUT", path, dict(content), policy=policy)

    def _ask(
        self,
        method: str,
        path: str,
        content: dict[str, Any] | list[Any] | bytes | None = None,
        policy: Policy = POLICY,
    ) -> Answer:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Transient(f"connector {self.rest.name}: RT did not answer all that one thing takes in time")
        headers = {"authorization": f"token {self._token}", **_HEADERS}
        body = None
        if isinstance(content, bytes):
            headers["content-type"], body = "application/x-www-form-urlencoded", content
        elif content is not None:
            headers["content-type"], body = "application/json", json.dumps(content).encode()
        url = f"{self.rest.url}/REST/2.0{path}"
        return self._http.send(method, url, headers=headers, body=body, policy=policy, timeout_s=left)


def quoted(text: str) -> str:
    """A text as RT's query language writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
