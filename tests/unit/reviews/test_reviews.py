"""What a review says of a day and of a week, how it is written, and when it is due."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from shared.domain.figures.totals import Cell, Cells, Distribution, Totals
from shared.domain.reviews.make import BACKLOG_DAYS, LINES, Asked, backlog_at, periods, review_of
from shared.domain.reviews.model import Correction, Kind, Language, Line, Review, Stage
from shared.domain.reviews.page import heading, page, plain
from shared.domain.reviews.schedule import Slot, due
from shared.domain.reviews.sheet import sheet
from shared.domain.reviews.shown import change_text, duration_text, value_text
from shared.domain.reviews.words import label, meaning, word

DAY = date(2026, 11, 18)
NOW = datetime(2026, 11, 19, 12, 30, tzinfo=UTC)
GUAYAQUIL, MADRID = ZoneInfo("America/Guayaquil"), ZoneInfo("Europe/Madrid")
LANGUAGES: tuple[Language, ...] = ("es", "en", "pt")


def totals(*seconds: int, **counts: int) -> Totals:
    spread = Distribution()
    for one in seconds:
        spread.put(one)
    return Totals(dict(counts), {"frt_human_business": spread} if seconds else {})


def cell(day: date, channel: str = "whatsapp", hour: int = 9) -> Cell:
    return Cell("acme", day, hour, channel)


def asked(kind: Kind = "daily", language: Language = "es", cost: int | None = None, **mature: date) -> Asked:
    return Asked(kind, "acme", DAY, language, NOW, mature, cost)


def weeks_back(*numbers: int) -> list[date]:
    return [DAY - timedelta(days=7 * number) for number in numbers]


def line(review: Review, figure: str, part: str = "value") -> Line:
    [found] = [one for one in review.lines if (one.figure, one.part) == (figure, part)]
    return found


def test_a_day_against_the_same_weekday_of_four_weeks() -> None:
    counts = {DAY: 20, **dict(zip(weeks_back(1, 2, 3, 4), (10, 12, 8, 14), strict=True))}
    cells: Cells = {cell(day): totals(contacts_offered=count) for day, count in counts.items()}
    cells[cell(DAY - timedelta(days=1))] = totals(contacts_offered=999)  # another weekday
    cells[cell(weeks_back(5)[0])] = totals(contacts_offered=999)
    found = line(review_of(asked(), cells, {}), "contacts_offered")
    assert (found.value, found.n, found.usual, found.has_moved) == (20.0, 20, 11.0, True)


def test_weeks_without_data_are_no_zeros() -> None:
    """A hub that is two weeks old: the median is of what there is; a zero among data is a zero."""
    cells = {cell(DAY): totals(contacts_offered=6), cell(weeks_back(1)[0]): totals(contacts_offered=6)}
    assert line(review_of(asked(), cells, {}), "contacts_offered").usual == 6.0
    cells[cell(weeks_back(2)[0])] = totals(cases_resolved=1)
    assert line(review_of(asked(), cells, {}), "contacts_offered").usual == 3.0
    assert line(review_of(asked(), {cell(DAY): totals(contacts_offered=6)}, {}), "contacts_offered").usual is None


def test_a_quiet_day_of_a_hub_that_was_there_is_a_zero() -> None:
    """Nobody wrote on two of the four days: the median of 12, 0, 8 and 0 is 4; of shares it is of those there were."""
    cells = {cell(day): totals(contacts_offered=count) for day, count in zip(weeks_back(1, 3), (12, 8), strict=True)}
    cells |= {
        cell(DAY): totals(contacts_offered=6),
        cell(weeks_back(4)[0] - timedelta(days=1)): totals(cases_resolved=1),
    }
    review = review_of(asked(), cells, {})
    assert line(review, "contacts_offered").usual == 4.0
    assert line(review, "sla_first_response").usual is None
    assert line(review, "frt_human_business", "p50").usual is None
    [volume] = review.volumes
    assert [usual for _, usual in volume.slots if usual] == [4.0]


def test_a_hub_whose_backlog_is_known_was_there() -> None:
    """The oldest of the four days was quiet, and nothing older is read but the backlog."""
    cells = {cell(DAY): totals(contacts_offered=6)}
    cells |= {cell(day): totals(contacts_offered=8) for day in weeks_back(1, 2)}
    known = dict.fromkeys(weeks_back(0, 1, 2, 3, 4), 1)
    assert line(review_of(asked(), cells, known), "contacts_offered").usual == 4.0
    assert line(review_of(asked(), cells, {}), "contacts_offered").usual == 8.0


def test_the_text_says_what_the_page_says() -> None:
    daily, weekly = plain(whole("daily", "en")), plain(whole("weekly", "en"))
    assert "What moved\nContacts: 20 (10; +100 %)\n" in daily
    assert "Top topics\n=cmd|<i>: 4\n" in daily
    assert "Abandonment by stage of the journey\n<u>: 33.3 % (3 / 9)\n" in weekly
    assert "Corrected days\n2026-11-18: Revision 2, 2026-11-21T08:00:00Z\n" in daily


def test_percentiles_are_of_merged_sketches() -> None:
    cells = {cell(DAY, hour=9): totals(30, 60, 90, 120, 240, 600), cell(DAY, "email"): totals(45, 300, 1800, 7200)}
    review = review_of(asked(), cells, {})
    found = [line(review, "frt_human_business", part) for part in ("p50", "p90")]
    assert [(one.value, one.n) for one in found] == [(120.3, 10), (1790.4, 10)]


@pytest.mark.parametrize(
    ("now", "before", "moved"),
    [
        ((50, 50), (90, 10), True),
        ((86, 14), (90, 10), False),  # 4 points
        ((85, 15), (90, 10), True),  # 5 points
        ((1, 3), (90, 10), False),  # four clocks
        ((2, 3), (90, 10), True),
    ],
)
def test_what_moved_of_percentages(now: tuple[int, int], before: tuple[int, int], moved: bool) -> None:
    met, breached = now
    cells = {cell(DAY): totals(sla_first_response_met=met, sla_first_response_breached=breached)}
    met, breached = before
    cells[cell(weeks_back(1)[0])] = totals(sla_first_response_met=met, sla_first_response_breached=breached)
    assert line(review_of(asked(), cells, {}), "sla_first_response").has_moved is moved


@pytest.mark.parametrize(("now", "before", "moved"), [(0, 8, True), (4, 3, False), (10, 8, True), (9, 8, False)])
def test_what_moved_of_counts(now: int, before: int, moved: bool) -> None:
    cells = {cell(DAY): totals(contacts_offered=now, cases_spam=1)}
    cells[cell(weeks_back(1)[0])] = totals(contacts_offered=before)
    assert line(review_of(asked(), cells, {}), "contacts_offered").has_moved is moved


def test_volume_by_channel_and_slot() -> None:
    cells = {
        cell(DAY, "whatsapp", 5): totals(contacts_offered=2),
        cell(DAY, "whatsapp", 6): totals(contacts_offered=3),
        cell(DAY, "voice", 23): totals(contacts_offered=4),
        cell(weeks_back(1)[0], "email", 12): totals(contacts_offered=5),
        cell(DAY - timedelta(days=2), "instagram", 12): totals(contacts_offered=5),
    }
    found = {one.channel: (one.slots, one.total) for one in review_of(asked(), cells, {}).volumes}
    assert found == {
        "email": (((0, 0.0), (0, 0.0), (0, 5.0), (0, 0.0)), 0),
        "voice": (((0, 0.0), (0, 0.0), (0, 0.0), (4, 0.0)), 4),
        "whatsapp": (((2, 0.0), (3, 0.0), (0, 0.0), (0, 0.0)), 5),
    }


def test_backlog_is_a_level() -> None:
    first = DAY - timedelta(days=BACKLOG_DAYS)
    cells = {
        cell(first): totals(backlog_entered=100),  # too long ago
        cell(DAY - timedelta(days=10)): totals(backlog_entered=9, backlog_left=2),
        cell(DAY, hour=3): totals(backlog_entered=1),
        cell(DAY, "email"): totals(backlog_left=4),
    }
    found = backlog_at(cells, iter([DAY, *weeks_back(1)]))
    assert found == {DAY: 4, weeks_back(1)[0]: 107}
    made = line(review_of(asked(), cells, found), "backlog")
    assert (made.value, made.usual, made.has_moved) == (4.0, 107.0, True)


def test_a_week_and_what_is_mature_of_it() -> None:
    mature = DAY - timedelta(days=8)
    cells = {
        cell(DAY): totals(fcr_yes=1, fcr_eligible=10, contacts_handled=40),
        cell(mature): totals(fcr_yes=9, fcr_eligible=10, contacts_handled=60),
        cell(mature - timedelta(days=7)): totals(fcr_yes=8, fcr_eligible=10),
        cell(asked("weekly", fcr=mature).earliest): totals(cases_spam=1),
    }
    review = review_of(asked("weekly", cost=10_000, fcr=mature), cells, {})
    assert (review.first, review.last) == (DAY - timedelta(days=6), DAY)
    fcr = line(review, "fcr")
    assert (fcr.value, fcr.n, fcr.usual, fcr.last, fcr.has_moved) == (90.0, 10, 80.0, mature, True)
    cost = line(review, "cost_per_contact")
    assert (cost.value, cost.n, cost.usual, cost.unit) == (250.0, 40, 166.67, "cents")
    assert "cost_per_contact" not in {one.figure for one in review_of(asked("weekly"), cells, {}).lines}


@pytest.mark.parametrize(
    ("first", "usual", "cost"),
    [
        (27, 60.0, 166.67),  # the first day of the oldest week but one: three whole ones
        (26, 65.0, 154.76),  # a day later: that week is not whole
        (12, None, None),
        (100, 55.0, 166.67),  # long before: the oldest week was quiet
    ],
)
def test_a_hubs_half_first_week_is_no_week_to_compare_with(first: int, usual: float | None, cost: float | None) -> None:
    counts = zip(weeks_back(3, 2, 1, 0), (50, 60, 70, 80), strict=True)
    cells = {cell(day): totals(contacts_handled=count) for day, count in counts if (DAY - day).days <= first}
    cells[cell(DAY - timedelta(days=first), hour=3)] = totals(cases_spam=1)
    review = review_of(asked("weekly", cost=10_000), cells, {})
    assert line(review, "contacts_handled").usual == usual
    assert line(review, "cost_per_contact").usual == (cost and pytest.approx(cost, abs=0.01))


@pytest.mark.parametrize("language", LANGUAGES)
def test_too_many_journeys_are_said_in_words(language: Language) -> None:
    review = replace(whole("weekly", language), stages=(), most_journeys=30_000)
    ask = "hilo kpi journeys --brand a<script> --from 2026-11-18 --to 2026-11-18"
    [told] = [text for text in Reader(page(review)).words if "30000" in text]
    assert told.endswith(ask)
    assert told in plain(review)
    assert word("stages", language) in Reader(page(review)).words
    assert told not in page(whole("weekly", language))


def test_surveys_with_few_answers_are_greyed_and_never_moved() -> None:
    cells = {cell(DAY): totals(nps_0=29), cell(weeks_back(1)[0]): totals(nps_10=50)}
    cells[cell(asked("weekly").earliest)] = totals(cases_spam=1)
    found = line(review_of(asked("weekly"), cells, {}), "nps")
    assert (found.value, found.usual, found.is_greyed, found.has_moved) == (-100.0, 100.0, True, False)
    cells[cell(DAY, hour=10)] = totals(nps_0=1)
    found = line(review_of(asked("weekly"), cells, {}), "nps")
    assert (found.is_greyed, found.has_moved) == (False, True)


@pytest.mark.parametrize(("kind", "length"), [("daily", 1), ("weekly", 7)])
def test_periods(kind: Kind, length: int) -> None:
    found = periods(asked(kind), DAY)
    assert len(found) == 5
    assert {(last - first).days + 1 for first, last in found} == {length}
    assert [last for _, last in found] == [DAY, *weeks_back(1, 2, 3, 4)]
    assert asked(kind).earliest == found[-1][0]
    assert asked(kind, fcr=DAY - timedelta(days=8)).earliest == found[-1][0] - timedelta(days=8)


class Reader(HTMLParser):
    """Tags with their attributes, and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def whole(kind: Kind, language: Language) -> Review:
    cells = {cell(DAY, "<b>whats</b>"): totals(600, contacts_offered=20, nps_10=3, fcr_yes=3, fcr_eligible=4)}
    cells[cell(weeks_back(1)[0])] = totals(60, contacts_offered=10)
    wish = Asked(kind, "a<script>", DAY, language, NOW, {"fcr": DAY - timedelta(days=1)}, 100)
    fixed = (Correction(DAY, 2, "2026-11-21T08:00:00Z"),)
    return review_of(wish, cells, {DAY: 3}, fixed, (("=cmd|<i>", 4),), (Stage("<u>", 9, 3, 33.3),))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["daily", "weekly"])
def test_the_page(kind: Kind, language: Language) -> None:
    review = whole(kind, language)
    text = page(review)
    read = Reader(text)
    assert read.open == [], "every tag is closed"
    assert ("html", {"lang": language}) in read.tags
    names = [tag for tag, _ in read.tags]
    assert not {"script", "b", "i", "u", "img", "style", "link"} & set(names), "all of others is escaped"
    assert names.count("table") == names.count("caption") > 2
    assert all(given.get("scope") in ("row", "col") for tag, given in read.tags if tag == "th")
    targets = {given["id"] for tag, given in read.tags if tag == "dt"}
    links = {str(given["href"]).removeprefix("#") for tag, given in read.tags if tag == "a"}
    assert links == targets, "each figure leads to how it is calculated"
    assert all(meaning(one.figure, language) in read.words for one in review.lines)
    assert heading(review) in read.words
    assert review.revision == 2
    assert all(label(one, language) in plain(review) for one in review.lines)


def test_thresholds_stand_beside_the_explanations() -> None:
    assert "(abandono corto, menos de 5 s)" in Reader(page(whole("daily", "es"))).words
    assert "(window 7 d)" in Reader(page(whole("weekly", "en"))).words


def test_each_explanation_bears_the_whole_name() -> None:
    words = Reader(page(whole("weekly", "es"))).words
    assert words.count("Primer contacto, por repetición") == 2
    assert Reader(page(whole("daily", "es"))).words.count("Tiempo de primera respuesta (horario de atención)") == 1


def test_every_line_has_a_name_in_every_language() -> None:
    for kind in LINES:
        for figure, part in LINES[kind]:
            named = {label(Line(figure, part, "count", None, 0, None), language) for language in LANGUAGES}
            assert all(named)


def test_the_sheet_says_the_same() -> None:
    review = whole("daily", "es")
    rows = list(csv.DictReader(io.StringIO(sheet(review), newline="")))
    assert len(rows) == len(review.lines) + 4 * len(review.volumes)
    of = {(row["figure"], row["part"]): row for row in rows if not row["channel"]}
    for one in review.lines:
        row = of[one.figure, one.part]
        assert (row["value"], row["n"]) == ("" if one.value is None else str(one.value), str(one.n))
    assert {row["revision"] for row in rows} == {"2"}


@pytest.mark.parametrize(
    ("value", "unit", "language", "text"),
    [
        (None, "percent", "es", "sin datos"),
        (91.8, "percent", "es", "91,8 %"),
        (91.8, "percent", "en", "91.8 %"),
        (100.0, "percent", "pt", "100 %"),
        (1200.0, "count", "es", "1200"),
        (-0.04, "count", "en", "0"),
        (375.0, "cents", "en", "3.75"),
        (400.0, "cents", "es", "4,00"),
        (3.625, "score", "en", "3.62"),
        (59.4, "seconds", "es", "59 s"),
    ],
)
def test_values(value: float | None, unit: str, language: Language, text: str) -> None:
    assert value_text(value, unit, language) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (3600, "1 h 00 min"), (90000, "25 h 00 min")],
)
def test_durations(seconds: int, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("value", "usual", "unit", "text"),
    [
        (80.0, 90.0, "percent", "-10 pp"),
        (15.0, 10.0, "count", "+50 %"),
        (5.0, 0.0, "count", "+5"),
        (-50.0, -100.0, "score", "+50 %"),
        (-50.0, -100.0, "points", "+50"),
    ],
)
def test_changes(value: float, usual: float, unit: str, text: str) -> None:
    assert change_text(Line("nps", "value", unit, value, 9, usual), "en") == text  # type: ignore[arg-type]


DAILY, WEEKLY = Slot("daily", time(7, 30)), Slot("weekly", time(8, 0), 0)


@pytest.mark.parametrize(
    ("slot", "zone", "now", "last"),
    [
        (DAILY, GUAYAQUIL, datetime(2026, 11, 19, 12, 29, 59, tzinfo=UTC), None),
        (DAILY, GUAYAQUIL, datetime(2026, 11, 19, 12, 30, tzinfo=UTC), DAY),
        (DAILY, GUAYAQUIL, datetime(2026, 11, 19, 18, 29, tzinfo=UTC), DAY),
        (DAILY, GUAYAQUIL, datetime(2026, 11, 19, 18, 30, tzinfo=UTC), None),
        (Slot("daily", time(23, 0)), GUAYAQUIL, datetime(2026, 11, 20, 6, 0, tzinfo=UTC), DAY),  # past midnight
        (WEEKLY, GUAYAQUIL, datetime(2026, 11, 19, 13, 0, tzinfo=UTC), None),  # a Thursday
        (WEEKLY, GUAYAQUIL, datetime(2026, 11, 23, 13, 0, tzinfo=UTC), date(2026, 11, 22)),
        (Slot("daily", time(2, 30)), MADRID, datetime(2026, 3, 29, 1, 30, tzinfo=UTC), date(2026, 3, 28)),  # no 02:30
    ],
)
def test_when_it_is_due(slot: Slot, zone: ZoneInfo, now: datetime, last: date | None) -> None:
    assert due(slot, zone, now) == last
