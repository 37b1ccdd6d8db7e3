"""Nodes, links and the diagram: what flows in flows out, small ones are folded, every text is escaped."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.journeys.drawing import diagram
from shared.domain.journeys.measures import measures_of
from shared.domain.journeys.model import ChannelStep, Journey, Visit
from shared.domain.journeys.rules import JourneyRules
from shared.domain.journeys.sankey import DEEPEST, Sankey, least_of, sankey_of

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
LANGUAGES = ("es", "pt", "en")


def journey(channels: list[str], ends: str, number: int = 0, led: bool = False) -> Journey:
    at = AS_OF - timedelta(days=2)
    steps = tuple(ChannelStep(name, at, led and place > 0) for place, name in enumerate(channels))
    over = AS_OF + timedelta(days=1) if ends == "active" else at
    resolved = at if ends == "resolved" else None
    transferred = at if ends == "transferred" else None
    visits = tuple(Visit(f"s-{name}", at, at) for name in channels)
    return Journey(
        str(number),
        "p",
        "acme",
        "returns",
        at,
        at,
        over,
        visits,
        steps,
        resolved_at=resolved,
        transferred_at=transferred,
    )


def check(sankey: Sankey, journeys: int) -> None:
    into: Counter[str] = Counter()
    out: Counter[str] = Counter()
    steps = {node.id: node.step for node in sankey.nodes}
    for link in sankey.links:
        into[link.target] += link.value
        out[link.source] += link.value
        assert steps[link.source] < steps[link.target], "no link leads back"
        assert 0 <= link.forced <= link.value
    for node in sankey.nodes:
        if node.kind != "end" and node.step > 1:
            assert into[node.id] == out[node.id] == node.value
    assert sum(node.value for node in sankey.nodes if node.step == 1 and node.kind != "end") == journeys
    assert sum(node.value for node in sankey.nodes if node.kind == "end") == journeys
    assert max(steps.values(), default=0) <= DEEPEST + 1


PATHS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["whatsapp", "email", "voice", "webchat"]), min_size=1, max_size=9),
        st.sampled_from(["resolved", "abandoned", "active", "transferred"]),
        st.booleans(),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(PATHS, st.sampled_from([0, 1, 2, 5, 50]), st.sampled_from(["channel", "stage"]))
def test_what_flows_in_flows_out(paths: list[tuple[list[str], str, bool]], least: int, by: str) -> None:
    made = [journey(channels, end, number, led) for number, (channels, end, led) in enumerate(paths)]
    drawn = sankey_of(made, AS_OF, "stage" if by == "stage" else "channel", least)
    check(drawn, len(made))
    for link in drawn.links:
        small_ends = link.source.endswith(":otros") and link.target.endswith(":otros")
        assert link.value >= least or small_ends, "what is small names nothing"


@pytest.mark.parametrize(("journeys", "least"), [(0, 5), (10, 5), (500, 5), (501, 6), (700, 7), (1000, 10)])
def test_a_link_needs_five_journeys_or_one_in_a_hundred(journeys: int, least: int) -> None:
    assert least_of(journeys) == least


def test_a_few_journeys_are_not_told_apart() -> None:
    made = [journey(["whatsapp"], "resolved", number) for number in range(20)]
    made += [journey(["instagram", "voice"], "abandoned", 20 + number) for number in range(3)]
    drawn = sankey_of(made, AS_OF)
    assert {(link.source, link.target): link.value for link in drawn.links} == {
        ("1:whatsapp", "end:resolved"): 20,
        ("1:otros", "2:otros"): 3,
        ("2:otros", "end:otros"): 3,
    }
    assert [node["label"] for node in drawn.dump("pt")["nodes"] if node["id"] == "1:otros"] == ["outros"]


def test_after_six_steps_the_rest_is_one() -> None:
    drawn = sankey_of([journey(["whatsapp", "email"] * 5, "resolved")], AS_OF, least=0)
    assert [node.id for node in drawn.nodes] == [
        "1:whatsapp",
        "2:email",
        "3:whatsapp",
        "4:email",
        "5:whatsapp",
        "6:…",
        "end:resolved",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_diagram_and_its_table_say_the_same(language: str) -> None:
    made = [journey(["whatsapp", "voice"], "resolved", number, led=number < 2) for number in range(6)]
    drawn = sankey_of(made, AS_OF)
    figure = ElementTree.fromstring(diagram(drawn, language))  # noqa: S314 - our own
    svg = "{http://www.w3.org/2000/svg}"
    ribbons = figure.findall(f".//{svg}path")
    assert [bool(one.get("stroke-dasharray")) for one in ribbons] == [False, True, False]
    widths = [float(one.get("stroke-width", "0")) for one in ribbons]
    assert widths[0] + widths[1] == pytest.approx(widths[2], abs=0.02)
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.02)
    rows = [[cell.text for cell in row] for row in figure.findall("./table/tbody/tr")]
    assert len(rows) == len(drawn.links)
    assert {row[2] for row in rows} == {"6", {"es": "6 (2 pedidos por la empresa)"}.get(language, rows[0][2])}
    assert figure.find(f"./{svg}svg").get("aria-label")  # type: ignore[union-attr]


def test_boxes_lie_within_the_picture() -> None:
    made = [journey([f"c{number % 30}", "voice"], "resolved", number) for number in range(60)]
    figure = diagram(sankey_of(made, AS_OF, least=0))
    for y, height in re.findall(r'<rect x="[\d.]+" y="([\d.-]+)" width="14" height="([\d.]+)"', figure):
        assert 0 <= float(y) <= 420
        assert float(y) + float(height) <= 421


def test_nothing_in_it_is_markup() -> None:
    made = [journey(['<script>alert("x")</script>&'], "resolved", number) for number in range(5)]
    figure = diagram(sankey_of(made, AS_OF), '"><b>')
    assert "<script" not in figure
    assert "<b>" not in figure
    ElementTree.fromstring(figure)  # noqa: S314 - our own


def test_of_nothing_it_says_so() -> None:
    assert "No journeys in this period." in diagram(sankey_of([], AS_OF), "en")


def test_five_are_shown() -> None:
    drawn = sankey_of([journey(["whatsapp"], "resolved", number) for number in range(5)], AS_OF)
    assert [link.source for link in drawn.links] == ["1:whatsapp"]


def test_who_is_still_active_is_no_denominator_of_abandonment() -> None:
    made = [journey(["whatsapp"], end, number) for number, end in enumerate(("active", "abandoned", "abandoned"))]
    [row] = measures_of(made, AS_OF, JourneyRules()).stages
    assert (row.rate.numerator, row.rate.denominator) == (2, 2)


SVG = "{http://www.w3.org/2000/svg}"
NUMBER = r"(-?[\d.]+)"
RIBBON = re.compile(rf"M{NUMBER} {NUMBER}C{NUMBER} {NUMBER} {NUMBER} {NUMBER} {NUMBER} {NUMBER}")


def parts_of(figure: str) -> tuple[list[dict[str, float]], list[tuple[list[float], float, str, bool]]]:
    """The boxes, and of each ribbon its points, its width, its colour and whether it is dashed."""
    tree = ElementTree.fromstring(figure)  # noqa: S314 - our own
    boxes = [{name: float(one.get(name, "")) for name in ("x", "y", "height")} for one in tree.iter(f"{SVG}rect")]
    ribbons = []
    for one in tree.iter(f"{SVG}path"):
        found = RIBBON.fullmatch(one.get("d", ""))
        assert found
        points = [float(number) for number in found.groups()]
        dashed = one.get("stroke-dasharray") is not None
        ribbons.append((points, float(one.get("stroke-width", "")), one.get("stroke", ""), dashed))
    return boxes, ribbons


def tiles(spans: list[tuple[float, float]], top: float, height: float) -> bool:
    """Whether these lie side by side from the top to the end of a box, with no gap and none over another."""
    edge = top
    for start, stop in sorted(spans):
        if abs(start - edge) > 0.2:
            return False
        edge = stop
    return abs(edge - top - height) < 0.2


def test_ribbons_join_the_boxes_that_their_links_name_and_fill_them_side_by_side() -> None:
    made = [journey(["whatsapp", "voice"], "resolved", number, led=number < 3) for number in range(7)]
    made += [journey(["whatsapp", "email"], "abandoned", 10 + number) for number in range(6)]
    made += [journey(["instagram", "voice"], "active", 20 + number, led=True) for number in range(5)]
    drawn = sankey_of(made, AS_OF)
    boxes, ribbons = parts_of(diagram(drawn))
    assert [box["height"] > 0 for box in boxes] == [True] * len(drawn.nodes)
    box_of = {node.id: box for node, box in zip(drawn.nodes, boxes, strict=True)}
    halves = [(link, False, link.value - link.forced) for link in drawn.links]
    halves += [(link, True, link.forced) for link in drawn.links]
    out: dict[str, list[tuple[float, float]]] = {}
    into: dict[str, list[tuple[float, float]]] = {}
    for link, dashed, value in (half for half in halves if half[2]):
        source, target = box_of[link.source], box_of[link.target]
        scale = source["height"] / next(node.value for node in drawn.nodes if node.id == link.source)
        [ribbon] = [
            one
            for one in ribbons
            if one[3] == dashed
            and abs(one[0][0] - source["x"] - 14) < 0.11
            and abs(one[0][6] - target["x"]) < 0.11
            and source["y"] <= one[0][1] <= source["y"] + source["height"]
            and target["y"] <= one[0][7] <= target["y"] + target["height"]
        ]
        points, width, _, _ = ribbon
        assert width == pytest.approx(value * scale, abs=0.02), "as wide as it has journeys"
        assert points[2] == points[4] == pytest.approx((points[0] + points[6]) / 2, abs=0.11), "bends half way"
        assert (points[3], points[5]) == (points[1], points[7]), "leaves and arrives level"
        out.setdefault(link.source, []).append((points[1] - width / 2, points[1] + width / 2))
        into.setdefault(link.target, []).append((points[7] - width / 2, points[7] + width / 2))
    assert sum(len(spans) for spans in out.values()) == len(ribbons)
    for node in drawn.nodes:
        box = box_of[node.id]
        assert node.kind == "end" or tiles(out[node.id], box["y"], box["height"]), node.id
        assert node.step == 1 or tiles(into[node.id], box["y"], box["height"]), node.id


def test_ribbons_leave_in_the_order_of_where_they_lead_so_that_few_cross() -> None:
    made = [journey(["whatsapp", name], "resolved", number) for name in ("voice", "email") for number in range(5)]
    made += [journey(["whatsapp", "webchat"], "resolved", 100 + number) for number in range(9)]
    _, ribbons = parts_of(diagram(sankey_of(made, AS_OF)))
    first = sorted((points[1], points[7]) for points, *_ in ribbons if points[0] < 100)
    assert [arrives for _, arrives in first] == sorted(arrives for _, arrives in first)


def test_a_ribbon_has_the_colour_of_where_it_comes_from() -> None:
    made = [journey(["whatsapp", "voice"], "resolved", number) for number in range(5)]
    figure = diagram(sankey_of(made, AS_OF))
    tree = ElementTree.fromstring(figure)  # noqa: S314 - our own
    fills = [one.get("fill") for one in tree.iter(f"{SVG}rect")]
    _, ribbons = parts_of(figure)
    assert [colour for _, _, colour, _ in ribbons] == fills[:2]
    assert len(set(fills)) == 3
