"""Which question is answered by whom, and what the caller must be allowed."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.api import answers
from functions.api.answers import Answer, NotAllowed
from functions.api.console_files import console_file, to_console
from functions.api.question import Question, question_of, seconds_of
from shared.application import inquire, inquire_cases, inquire_merges, inquire_operations
from shared.application.access import FIGURES, IDENTIFY, MERGE, OPERATE, READ, SECRET, require, scopes_of
from shared.application.doctor import doctor
from shared.application.file_links import FileLinks
from shared.application.inquire_errors import BadQuestion, NotFound
from shared.application.inquire_paging import limit_of
from shared.application.redrive import by_ids, by_reason, redrive
from shared.domain.errors import HubError
from shared.domain.moment import utc_text

if TYPE_CHECKING:
    from shared.application.figures_of_case import Making
    from shared.application.record import Context
    from shared.configuration import Config
    from shared.ports.channels import Channel
    from shared.ports.connectors import Setup, Stock
    from shared.ports.files import Files
    from shared.ports.queues import Queues
    from shared.ports.surroundings import Clock, Secrets
    from shared.ports.table import Table

log = logging.getLogger(__name__)

REDRIVE_S: Final = 12.0
"""Seconds that one redrive may take, of the 20 that the function has."""

FILE_LINK_S: Final = 3600

MAX_IDS: Final = 500


_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Parts(Protocol):
    """Where the API finds what it asks: each made when first needed, so that `/health` needs none."""

    def table(self) -> Table: ...
    def queues(self) -> Queues: ...
    def secrets(self) -> Secrets: ...
    def config(self) -> Config: ...
    def clock(self) -> Clock: ...
    def files(self) -> Files: ...
    def channel(self, name: str, /) -> Channel: ...
    def context(self) -> Context: ...
    def stock(self, name: str, /) -> Stock | None: ...
    def setups(self) -> dict[str, Setup]: ...
    def asked_connectors(self) -> dict[str, int]: ...
    def file_keys(self) -> tuple[bytes, ...]: ...
    def making(self) -> Making: ...


@dataclass(frozen=True, slots=True)
class Api:
    """The API over these implementations. `new_id` makes an id that was never used before."""

    parts: Parts
    new_id: Callable[[], str]

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request. Never raises."""
        trace_id = "-"
        try:
            question = question_of(event)
            trace_id = question.trace_id
            answer = self._answer(question)
        except HubError as fault:
            answer = answers.failure(fault, trace_id)
            if answer.status >= 500:
                log.warning("%s: %s (trace %s)", type(fault).__name__, fault.reason, trace_id)
        except Exception as fault:  # noqa: BLE001 - the door: a defect of ours becomes a 500 and a line in the log
            log.error("defect %s at %s (trace %s)", type(fault).__name__, _place(fault), trace_id)  # noqa: TRY400
            answer = answers.failure(fault, trace_id)
        return answer.for_gateway()

    def _answer(self, question: Question) -> Answer:
        route, arguments = _find(question)
        if route.scope:
            require(scopes_of(question.authorization, self.parts.secrets().get(SECRET)), route.scope)
        return route.reply(self, question, *arguments)

    def health(self, _: Question) -> Answer:
        return answers.plain("ok")

    def console(self, _: Question, name: str) -> Answer:
        return console_file(name)

    def console_folder(self, _: Question) -> Answer:
        return to_console()

    def file(self, question: Question, *place: str) -> Answer:
        from functions.api import files

        case, sequence, number = place
        return files.file(
            (case, sequence, number),
            question.query.get("expires", ""),
            question.query.get("signature", ""),
            signing_keys=self.parts.file_keys(),
            table=self.parts.table(),
            files=self.parts.files(),
            clock=self.parts.clock(),
        )

    def survey(self, question: Question, token: str) -> Answer:
        from functions.api import surveys  # the recorder comes with it

        if question.method == "POST":
            return surveys.take(self.parts.context(), token, question, self.new_id)
        return surveys.show(self.parts.context(), token, self.new_id)

    def survey_stop(self, question: Question, token: str) -> Answer:
        from functions.api import surveys

        return surveys.stop(self.parts.context(), token, done=question.method == "POST")

    def customers(self, question: Question) -> Answer:
        kind, value = inquire.identity_of(question.query.get("identity", ""))
        found = inquire.customers_with(self.parts.table(), kind, value, self._reach())
        return answers.data({"customers": [one.dump() for one in found]})

    def customer(self, _: Question, customer_id: str) -> Answer:
        return answers.data(inquire.customer(self.parts.table(), customer_id).dump())

    def timeline(self, question: Question, customer_id: str) -> Answer:
        limit = limit_of(question.query, 20, inquire_cases.MAX_CASES)
        cursor = question.query.get("cursor")
        return answers.data(inquire_cases.timeline(self.parts.table(), customer_id, cursor=cursor, limit=limit))

    def candidates(self, question: Question) -> Answer:
        limit = limit_of(question.query, 50, inquire_merges.MAX_CANDIDATES)
        cursor = question.query.get("cursor")
        return answers.data(inquire_merges.open_candidates(self.parts.table(), cursor=cursor, limit=limit))

    def customer_candidates(self, _: Question, customer_id: str) -> Answer:
        return answers.data(inquire_merges.candidates_of(self.parts.table(), customer_id))

    def explain(self, _: Question, customer_id: str) -> Answer:
        return answers.data(inquire_merges.explain(self.parts.table(), customer_id))

    def decide(self, question: Question) -> Answer:
        from functions.api import merging  # the recorder comes with it, and only whoever decides pays for that

        decisions = {
            "/v1/customers/merge": merging.merged,
            "/v1/customers/unmerge": merging.unmerged,
            "/v1/candidates/accept": merging.accepted,
            "/v1/candidates/refuse": merging.refused,
        }
        return answers.data(decisions[question.path](self.parts.context(), question.json()))

    def state(self, question: Question) -> Answer:
        from functions.api import identity

        statements = {
            "/v1/customers/national-id": identity.noted,
            "/v1/customers/national-id/show": identity.shown,
            "/v1/customers/find": identity.found,
            "/v1/identities/shared": identity.shared,
        }
        said = statements[question.path]
        return answers.data(said(self.parts.context(), self.parts.secrets(), question.json()))

    def case(self, question: Question, case_id: str) -> Answer:
        log_wanted = question.query.get("log", "")
        if log_wanted not in ("", "full"):
            raise BadQuestion("log: full, or nothing")
        read = inquire_cases.case_log if log_wanted else inquire_cases.case
        limit = limit_of(question.query, inquire_cases.MAX_ENTRIES, inquire_cases.MAX_ENTRIES)
        cursor = question.query.get("cursor")
        return answers.data(read(self.parts.table(), case_id, cursor=cursor, limit=limit, link=self._file_link))

    def _file_link(self, key: str) -> tuple[str, datetime] | None:
        """A path of this API that leads to a file for an hour or two; whoever may read the case may have its files."""
        keys = self.parts.file_keys()
        return FileLinks("", keys, FILE_LINK_S, self.parts.clock()).link(key) if keys else None

    def connectors(self, _: Question) -> Answer:
        known = [(one.name, one.kind) for one in self.parts.config().connectors]
        return answers.data(inquire_operations.breakers(self.parts.table(), known))

    def queue_depths(self, _: Question) -> Answer:
        return answers.data(inquire_operations.depths(self.parts.queues()))

    def dead_letters(self, question: Question) -> Answer:
        limit = limit_of(question.query, 50, inquire_operations.MAX_LETTERS)
        origin, cursor = question.query.get("origin") or None, question.query.get("cursor")
        return answers.data(inquire_operations.letters(self.parts.table(), origin=origin, cursor=cursor, limit=limit))

    def dead_letter(self, _: Question, letter_id: str) -> Answer:
        return answers.data(inquire_operations.letter(self.parts.table(), letter_id))

    def redrive(self, question: Question) -> Answer:
        wish, clock = question.json(), self.parts.clock()
        seconds = seconds_of(wish.pop("seconds", None), REDRIVE_S)
        began = _began(wish.pop("began", None), clock())
        letters = (item for item in self._chosen(wish) if item["last_at"] <= began)
        until = clock() + seconds
        outcome = redrive(self.parts.table(), self.parts.queues(), letters, self.new_id(), clock, until)
        told = {"redriven": outcome.redriven, "refused": outcome.refused, "more": outcome.more}
        return answers.data(told | ({"began": began} if outcome.more else {}))

    def letters_counted(self, question: Question) -> Answer:
        reason = question.query.get("reason") or None
        clock = self.parts.clock()
        return answers.data(inquire_operations.count(self.parts.table(), reason, clock, clock() + REDRIVE_S))

    def journeys(self, question: Question) -> Answer:
        from functions.api import journeys

        return answers.data(journeys.shown(self.parts.table(), self.parts.config(), question.query, self.parts.clock()))

    def derive_journeys(self, question: Question) -> Answer:
        from functions.api import journeys

        return answers.data(journeys.marked(self.parts.table(), question.json(), self.parts.clock()))

    def kpis(self, question: Question) -> Answer:
        from functions.api import kpis

        parts = self.parts
        return kpis.shown(parts.table(), parts.config(), parts.making(), question.query, parts.clock())

    def outside_kpis(self, question: Question) -> Answer:
        from functions.api import kpis

        parts = self.parts
        return answers.data(kpis.outside(parts.table(), parts.config(), question.query, parts.clock()))

    def review(self, question: Question, kind: str) -> Answer:
        from functions.api import reviews

        return reviews.shown(self.parts.table(), self.parts.config(), kind, question.query, self.parts.clock())

    def kpi_cases(self, question: Question) -> Answer:
        from functions.api import kpis

        parts = self.parts
        means = parts.table(), parts.config(), parts.making(), question.query, parts.clock()
        return answers.data(kpis.cases(*means))

    def recompute(self, question: Question) -> Answer:
        from functions.api import recompute

        return answers.data(recompute.answer(self.parts.context(), self.parts.making(), question.json()))

    def replay(self, question: Question) -> Answer:
        from functions.api import replay  # the recorder comes with it, and only whoever replays pays for that

        parts = self.parts
        means = parts.table(), parts.files(), parts.queues(), parts.channel, parts.clock()
        return answers.data(replay.answer(question.json(), *means))

    def bring_in(self, question: Question, name: str) -> Answer:
        from functions.api import tools

        return answers.data(tools.brought_in(self.parts.context(), self.parts.stock, name, question.json()))

    def connect(self, question: Question, name: str) -> Answer:
        from functions.api import tools

        return answers.data(tools.connected(self.parts.setups(), name, question.json()))

    def doctor(self, _: Question) -> Answer:
        parts = self.parts
        known = parts.table(), parts.queues(), parts.config(), parts.asked_connectors(), parts.clock()
        return answers.data(doctor(*known))

    def _chosen(self, wish: dict[str, Any]) -> Any:
        if wish == {"all": True}:
            return inquire_operations.all_letters(self.parts.table())
        if list(wish) == ["reason"] and isinstance(wish["reason"], str):
            return by_reason(self.parts.table(), wish["reason"])
        if list(wish) == ["ids"] and _is_list_of_ids(wish["ids"]):
            return by_ids(self.parts.table(), wish["ids"])
        raise BadQuestion(f'body: one of {{"ids": […]}} (1 to {MAX_IDS}), {{"reason": "…"}}, {{"all": true}}')

    def _reach(self) -> inquire.Reach:
        """Every namespace in which the configuration lets an identity live (see the table of identities)."""
        namespaces: dict[str, list[str]] = {"whatsapp": ["parent", "default"], "email": ["unverified"], "phone": []}
        for account in self.parts.config().accounts:
            if account.channel == "whatsapp":
                namespaces["whatsapp"].append(account.portfolio)
                namespaces["phone"].append(f"whatsapp:{account.id}")
            else:
                namespaces.setdefault(account.channel, []).append(account.id)
            if account.channel == "messenger":
                namespaces["messenger"].append(f"{account.id}/comments")  # who comments on a Page has another id there
        brands = self.parts.config().brands
        distinct = {kind: tuple(dict.fromkeys(names)) for kind, names in namespaces.items()}
        return inquire.Reach(brands[0].default_country if brands else None, distinct)


def _began(said: Any, now: float) -> str:
    """When a redrive of several requests began: what has failed again since then stays, or it would never end."""
    if said is None:
        return utc_text(datetime.fromtimestamp(int(now), UTC))
    if not (isinstance(said, str) and _MOMENT.fullmatch(said)):
        raise BadQuestion("body: began is not what a redrive answered")
    return said


def _is_list_of_ids(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MAX_IDS and all(isinstance(one, str) for one in value)


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: re.Pattern[str]
    scope: str
    reply: Callable[..., Answer]


def _route(method: str, path: str, scope: str, reply: Callable[..., Answer]) -> Route:
    """`{}` in a path stands for one segment, handed to `reply`."""
    return Route(method, re.compile(re.escape(path).replace(r"\{\}", "([^/]*)")), scope, reply)


ROUTES: Final = (
    _route("GET", "/health", "", Api.health),
    _route("GET", "/console", "", Api.console_folder),
    _route("GET", "/console/{}", "", Api.console),
    _route("GET", "/files/{}/{}/{}", "", Api.file),
    _route("GET", "/s/{}", "", Api.survey),
    _route("POST", "/s/{}", "", Api.survey),
    _route("GET", "/s/{}/stop", "", Api.survey_stop),
    _route("POST", "/s/{}/stop", "", Api.survey_stop),
    _route("GET", "/v1/customers", READ, Api.customers),
    _route("GET", "/v1/customers/{}", READ, Api.customer),
    _route("GET", "/v1/customers/{}/timeline", READ, Api.timeline),
    _route("GET", "/v1/customers/{}/candidates", READ, Api.customer_candidates),
    _route("GET", "/v1/customers/{}/explain", READ, Api.explain),
    _route("GET", "/v1/candidates", READ, Api.candidates),
    _route("POST", "/v1/customers/find", READ, Api.state),
    _route("POST", "/v1/customers/national-id", MERGE, Api.state),
    _route("POST", "/v1/customers/national-id/show", IDENTIFY, Api.state),
    _route("POST", "/v1/identities/shared", MERGE, Api.state),
    _route("POST", "/v1/customers/merge", MERGE, Api.decide),
    _route("POST", "/v1/customers/unmerge", MERGE, Api.decide),
    _route("POST", "/v1/candidates/accept", MERGE, Api.decide),
    _route("POST", "/v1/candidates/refuse", MERGE, Api.decide),
    _route("GET", "/v1/cases/{}", READ, Api.case),
    _route("GET", "/v1/kpis", FIGURES, Api.kpis),
    _route("GET", "/v1/kpis/cases", READ, Api.kpi_cases),
    _route("GET", "/v1/kpis/outside", FIGURES, Api.outside_kpis),
    _route("GET", "/v1/reviews/{}", FIGURES, Api.review),
    _route("GET", "/v1/journeys", FIGURES, Api.journeys),
    _route("POST", "/v1/journeys/derive", OPERATE, Api.derive_journeys),
    _route("GET", "/v1/connectors", READ, Api.connectors),
    _route("POST", "/v1/connectors/{}/import", OPERATE, Api.bring_in),
    _route("POST", "/v1/connectors/{}/connect", OPERATE, Api.connect),
    _route("GET", "/v1/doctor", OPERATE, Api.doctor),
    _route("GET", "/v1/queues", OPERATE, Api.queue_depths),
    _route("GET", "/v1/dead-letters", OPERATE, Api.dead_letters),
    _route("GET", "/v1/dead-letters/count", OPERATE, Api.letters_counted),
    _route("GET", "/v1/dead-letters/{}", OPERATE, Api.dead_letter),
    _route("POST", "/v1/dead-letters/redrive", OPERATE, Api.redrive),
    _route("POST", "/v1/replay", OPERATE, Api.replay),
    _route("POST", "/v1/kpis/recompute", OPERATE, Api.recompute),
)


def _find(question: Question) -> tuple[Route, tuple[str, ...]]:
    """The route of a question; HEAD is answered as GET, whose body the server leaves out."""
    method = "GET" if question.method == "HEAD" else question.method
    matching = [(route, match) for route in ROUTES if (match := route.path.fullmatch(question.path))]
    for route, match in matching:
        if route.method == method:
            return route, match.groups()
    if not matching:
        raise NotFound("there is nothing at this address")
    raise NotAllowed(tuple(dict.fromkeys(route.method for route, _ in matching)))


def _place(fault: Exception) -> str:
    """Where it happened. Never the exception's text: it may repeat what a customer said."""
    frames = traceback.extract_tb(fault.__traceback__)[-3:]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames))
