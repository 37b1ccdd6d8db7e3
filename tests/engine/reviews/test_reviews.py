"""A review that is due goes to each address once, whatever happens on the way; figures as the table has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.application.inquire_journeys import MAX_JOURNEYS
from shared.application.inquire_kpis import Wish, kpis
from shared.application.review_reading import Reading, read_review
from shared.application.reviews import Mail, Sending, send_due
from shared.configuration import parse
from shared.configuration.kpi import rules_of
from shared.domain.answer import Accepted, Later, Lost, Refused, SendOutcome
from shared.domain.errors import Transient
from shared.domain.figures.totals import Cell, Totals
from shared.domain.journeys.model import ChannelStep, Journey, Visit
from shared.ports.files import Files
from shared.ports.table import Cost, Page, Table
from shared.store.figures import Block, row_step, rows_of
from shared.store.journeys import journey_item

CONFIG = """
brands:
- {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}
- {name: zeta, languages: [es], default_country: ES, time_zone: Europe/Madrid}
accounts:
- {channel: email, id: ayuda@acme.example.com, brand: acme}
reviews:
- brand: acme
  from: ayuda@acme.example.com
  to: [jefa@acme.example.com, jefe@acme.example.com]
  daily: "07:30"
  weekly: "thu 08:00"
"""
DAY = date(2026, 11, 18)
DUE = datetime(2026, 11, 19, 12, 30, tzinfo=UTC)
LATER = DUE + timedelta(minutes=1)
EARLIEST = 41
"""So many days before `DAY` a weekly review begins to read: four weeks before the last seven mature days."""


@dataclass
class Desk:
    """Takes mails; `says` what to answer to the next ones, else that they were taken."""

    says: list[SendOutcome | Exception] = field(default_factory=list)
    tried: list[Mail] = field(default_factory=list)

    def __call__(self, mail: Mail) -> SendOutcome:
        self.tried.append(mail)
        said = self.says.pop(0) if self.says else Accepted(f"m-{len(self.tried)}")
        if isinstance(said, Exception):
            raise said
        return said


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def sending(table: Table, files: Files, desk: Desk) -> Callable[[datetime], Sending]:
    made = Sending(table, files, parse(CONFIG, "hub.yaml", {}), desk, DUE)
    return lambda now: replace(made, now=now)


def days_ago(number: int) -> date:
    return DAY - timedelta(days=number)


def put(table: Table, cells: dict[Cell, Totals], name: str) -> None:
    table.transact([Block(cells={0: cells}, name=name).put()])


def test_each_address_gets_it_once(sending: Any, desk: Desk, table: Table, files: Files) -> None:
    put(table, {Cell("acme", DAY, 9, "whatsapp"): Totals({"contacts_offered": 7})}, "b1")
    put(table, {Cell("zeta", DAY, 9, "whatsapp"): Totals({"contacts_offered": 100})}, "b2")
    assert send_due(sending(DUE - timedelta(seconds=1))) == 0
    assert [send_due(sending(DUE)), send_due(sending(DUE)), send_due(sending(LATER))] == [2, 0, 0]
    assert [mail.to for mail in desk.tried] == ["jefa@acme.example.com", "jefe@acme.example.com"]
    [first, second] = desk.tried
    assert first.html == second.html
    assert (first.subject, first.sender) == ("Revisión diaria · acme · 18/11/2026", "ayuda@acme.example.com")
    assert "Contactos: 7, n 7" in first.text, "another brand's are not among them"
    assert files.get("reviews/acme/daily-2026-11-18.html") == first.html.encode()
    assert files.get("reviews/acme/daily-2026-11-18.csv") == first.file[1]
    assert first.file[0] == "daily-2026-11-18.csv"


def test_the_weekly_goes_beside_the_daily(sending: Any, desk: Desk) -> None:
    assert send_due(sending(DUE + timedelta(minutes=30))) == 4
    assert {mail.subject for mail in desk.tried} == {
        "Revisión diaria · acme · 18/11/2026",
        "Revisión semanal · acme · 12/11/2026 – 18/11/2026",
    }
    assert send_due(sending(DUE + timedelta(hours=1))) == 0


def test_the_next_day_has_its_own(sending: Any, desk: Desk) -> None:
    assert send_due(sending(DUE)) == 2
    assert send_due(sending(DUE + timedelta(days=1))) == 2
    assert desk.tried[-1].subject.endswith("19/11/2026")


@pytest.mark.parametrize(
    ("said", "tries"),
    [
        (Later("throttled"), ["jefa", "jefe", "jefa"]),  # surely not sent: it goes with the next minute
        (Lost("no_answer"), ["jefa", "jefe"]),  # it may have been sent
        (Refused("MessageRejected"), ["jefa", "jefe"]),
    ],
)
def test_what_was_not_taken(sending: Any, desk: Desk, said: SendOutcome, tries: list[str]) -> None:
    desk.says = [said]
    assert send_due(sending(DUE)) == 1
    send_due(sending(LATER))
    send_due(sending(LATER))
    assert [mail.to.partition("@")[0] for mail in desk.tried] == tries


def test_a_clock_that_is_cut_short_sends_nothing_twice(sending: Any, desk: Desk) -> None:
    desk.says = [KeyError("cut short after it was handed over")]
    with pytest.raises(KeyError):
        send_due(sending(DUE))
    assert send_due(sending(LATER)) == 1
    assert [mail.to.partition("@")[0] for mail in desk.tried] == ["jefa", "jefe"]


def test_what_was_cut_short_is_said_once_it_is_sure_and_once(
    sending: Any, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.says = [KeyError("cut short")]
    with pytest.raises(KeyError):
        send_due(sending(DUE))
    told = []
    for minutes in (1, 4, 5, 6, 60):
        caplog.clear()
        send_due(sending(DUE + timedelta(minutes=minutes)))
        told.append(
            caplog.messages.count("a review of acme was cut short: it may not have been sent, and is not sent again")
        )
    assert told == [0, 0, 1, 0, 0]
    assert "jefa" not in caplog.text
    assert [mail.to for mail in desk.tried].count("jefa@acme.example.com") == 2, "of the daily once, of the weekly once"


def test_two_clocks_at_once(sending: Any, desk: Desk) -> None:
    """While the first hands over its first mail, another clock looks."""
    other: list[int] = []

    def meanwhile(mail: Mail) -> SendOutcome:
        if not other:
            other.append(0)
            other[0] = send_due(sending(DUE))
        return desk(mail)

    assert send_due(replace(sending(DUE), post=meanwhile)) == 1
    assert other == [1]
    assert sorted(mail.to for mail in desk.tried) == ["jefa@acme.example.com", "jefe@acme.example.com"]


@dataclass
class FullFiles:
    """Files that take nothing of one brand."""

    files: Files
    brand: str

    def put(self, key: str, content: bytes, content_type: str) -> None:
        if key.startswith(f"reviews/{self.brand}/"):
            raise Transient("the files are away")
        self.files.put(key, content, content_type)


def test_what_is_wrong_with_one_brands_review_holds_up_no_other(sending: Any, desk: Desk, files: Files) -> None:
    """It is said once all were tried, and goes with the next minute."""
    zeta = """
- brand: zeta
  from: hola@zeta.example.com
  to: [zoe@zeta.example.com]
  daily: "13:30"
"""
    accounts = "- {channel: email, id: hola@zeta.example.com, brand: zeta}\nreviews:"
    both = replace(sending(DUE), config=parse(CONFIG.replace("reviews:", accounts) + zeta, "hub.yaml", {}))
    with pytest.raises(Transient, match="the files are away"):
        send_due(replace(both, files=FullFiles(files, "acme")))
    assert [mail.to for mail in desk.tried] == ["zoe@zeta.example.com"]
    assert send_due(both) == 2
    assert [mail.to.partition("@")[0] for mail in desk.tried] == ["zoe", "jefa", "jefe"]


class Crowded:
    """A table in which the days have more journeys than an answer about journeys may have."""

    def __init__(self, table: Table) -> None:
        start = DUE - timedelta(days=1)
        visits, steps = (Visit("discover", start, start),), (ChannelStep("whatsapp", start),)
        one = Journey("j", "k1", "zeta", "unknown", start, start, start, visits, steps, resolved_at=start)
        self._page = Page([journey_item("2026-11-18", "k1", one)] * (MAX_JOURNEYS // 7 + 1), None, Cost())
        self._table = table

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def query(self, pk: str, *given: Any, **more: Any) -> Page:
        return self._page if pk.startswith("JRN#") else self._table.query(pk, *given, **more)


def test_a_weekly_of_too_many_journeys_goes_without_them_and_says_so(sending: Any, desk: Desk, table: Table) -> None:
    put(table, {Cell("acme", DAY, 9, "whatsapp"): Totals({"contacts_handled": 7})}, "b1")
    crowded: Any = Crowded(table)
    assert send_due(replace(sending(DUE + timedelta(minutes=30)), table=crowded)) == 4
    weekly = desk.tried[-1]
    assert weekly.subject.startswith("Revisión semanal")
    assert "Contactos atendidos: 7, n 7" in weekly.text
    told = f"más de {MAX_JOURNEYS} viajes de todas las marcas, demasiados"
    assert told in weekly.text
    assert told in weekly.html
    assert "hilo kpi journeys --brand acme --from 2026-11-18 --to 2026-11-18" in weekly.text


@pytest.mark.parametrize(("back", "usual"), [(None, 8.0), (EARLIEST, 6.0), (EARLIEST + 1, 6.0), (EARLIEST + 8, 8.0)])
def test_a_quiet_day_is_told_from_a_hub_that_was_not_there(table: Table, back: int | None, usual: float) -> None:
    """Contacts of four weeks: 8, 8, 4 and, where the hub was there before that week, 2. `back`: how many days ago
    something else is known, at most a week before the first day that is read for figures."""
    handled = {7: 8, 14: 8, 21: 4, 28: 2}
    cells = {Cell("acme", days_ago(days), 9, "email"): Totals({"contacts_handled": n}) for days, n in handled.items()}
    if back is not None:
        cells[Cell("acme", days_ago(back), 9, "email")] = Totals({"cases_spam": 1})
        cells[Cell("zeta", days_ago(EARLIEST), 9, "email")] = Totals({"cases_spam": 1})
    put(table, cells, "b1")
    review = read_review(table, parse(CONFIG, "hub.yaml", {}), Reading("weekly", "acme", DAY, "es"), DUE)
    [handled_line] = [one for one in review.lines if one.figure == "contacts_handled"]
    assert handled_line.usual == usual


def test_nobody_is_written_to_without_the_section(sending: Any, desk: Desk) -> None:
    without = parse(CONFIG.partition("reviews:")[0], "hub.yaml", {})
    assert send_due(replace(sending(DUE), config=without)) == 0
    assert desk.tried == []


def test_figures_of_rows_and_open_blocks(table: Table) -> None:
    cells = {Cell("acme", DAY, hour, "email"): Totals({"contacts_offered": hour}) for hour in (9, 13)}
    for key, hours in rows_of(0, cells).items():
        table.transact([row_step(key, None, hours)])
    put(table, {Cell("acme", DAY, 13, "email"): Totals({"contacts_offered": 1})}, "b1")
    rules = rules_of(parse(CONFIG, "hub.yaml", {}))
    told = kpis(table, Wish(DAY, DAY, ("slot", "brand")), rules, DUE, lambda: True)
    found = [(*one["by"].values(), one["figures"]["contacts_offered"]["value"]) for one in told["groups"]]
    assert found == [("06-11", "acme", 9.0), ("12-17", "acme", 14.0)]
    assert [(one["brand"], one["state"]) for one in told["days"]] == [("acme", "open"), ("zeta", "open")]
