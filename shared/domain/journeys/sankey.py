"""Paths of many journeys as nodes and links. A node is a step and what it is (`2:voice`): so there are no cycles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from shared.domain.journeys.model import Journey, Outcome
from shared.domain.journeys.words import word

By = Literal["channel", "stage"]

DEEPEST: Final = 6
REST: Final = "…"
OTHERS: Final = "otros"
END: Final = "end"
NO_CHANNEL: Final = "-"

SMALLEST: Final = 5
"""Journeys below which a link is folded: fewer might be recognised."""
PERCENT: Final = 1
"""Of all journeys, below which a link only clutters."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One station of a path. `forced`: the company led the customer here."""

    name: str
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """What a journey went through, and how it ended."""

    hops: tuple[Hop, ...]
    end: Outcome | Literal["otros"]

    def nodes(self) -> list[str]:
        return [f"{step}:{hop.name}" for step, hop in enumerate(self.hops, 1)] + [f"{END}:{self.end}"]

    def links(self) -> Iterable[tuple[str, str, bool]]:
        nodes = self.nodes()
        forced = [hop.forced for hop in self.hops[1:]] + [False]
        return zip(nodes, nodes[1:], forced, strict=False)


@dataclass(frozen=True, slots=True)
class Node:
    """`step`: its column, counted from 1; ends stand one behind the last. `kind`: channel, stage, rest, others, end."""

    id: str
    name: str
    step: int
    kind: str
    value: int


@dataclass(frozen=True, slots=True)
class Link:
    """So many journeys went from one node to the other, `forced` of them because the company led them there."""

    source: str
    target: str
    value: int
    forced: int = 0


@dataclass(frozen=True, slots=True)
class Sankey:
    """What is drawn of these journeys."""

    by: By
    journeys: int
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]

    def dump(self, language: str = "es") -> dict[str, Any]:
        """Nodes and links as JSON, labels in the language."""
        nodes = [
            {"id": node.id, "label": word(node.name, language), "step": node.step, "kind": node.kind}
            for node in self.nodes
        ]
        links = [
            {"source": link.source, "target": link.target, "value": link.value}
            | ({"forced": link.forced} if link.forced else {})
            for link in self.links
        ]
        return {"nodes": nodes, "links": links, "journeys": self.journeys}


def least_of(journeys: int) -> int:
    """How many journeys a link needs, to be shown where it is not one's own team that is looked at."""
    return max(SMALLEST, -(-journeys * PERCENT // 100))


def sankey_of(journeys: Sequence[Journey], as_of: datetime, by: By = "channel", least: int | None = None) -> Sankey:
    """The paths of journeys by channel or stage. `least`: links of fewer are folded; None: as `least_of`."""
    paths = [_path(journey, as_of, by) for journey in journeys]
    paths = folded(paths, least_of(len(paths)) if least is None else least)
    return _drawn(paths, by)


def _path(journey: Journey, as_of: datetime, by: By) -> Path:
    if by == "stage":
        hops = [Hop(visit.stage) for visit in journey.visits]
    else:
        hops = [Hop(step.channel, step.forced) for step in journey.channels] or [Hop(NO_CHANNEL)]
    if len(hops) > DEEPEST:
        hops = [*hops[: DEEPEST - 1], Hop(REST)]
    return Path(tuple(hops), journey.outcome(as_of))


def folded(paths: Sequence[Path], least: int) -> list[Path]:
    """The paths with every station that only a small link leads to called "otros".

    Paths stay paths, so what flows into a node flows out of it. The target of a small link goes first, then its
    source, then the way it ended; each round takes at least one name away, so it ends."""
    paths = list(paths)
    while True:
        values = Counter((source, target) for path in paths for source, target, _ in path.links())
        small = {link for link, value in values.items() if value < least}
        after = [_without(path, small) for path in paths]
        if after == paths:
            return paths
        paths = after


def _without(path: Path, small: set[tuple[str, str]]) -> Path:
    hops, end = list(path.hops), path.end
    for place, (source, target, _) in enumerate(path.links()):
        if (source, target) not in small:
            continue
        is_last = place == len(hops) - 1
        if not is_last and path.hops[place + 1].name != OTHERS:
            hops[place + 1] = Hop(OTHERS)
        elif path.hops[place].name != OTHERS:
            hops[place] = Hop(OTHERS)
        elif is_last:
            end = "otros"
    return Path(tuple(hops), end)


def _drawn(paths: Sequence[Path], by: By) -> Sankey:
    depth = max((len(path.hops) for path in paths), default=0)
    values: Counter[str] = Counter()
    links: Counter[tuple[str, str]] = Counter()
    led: Counter[tuple[str, str]] = Counter()
    for path in paths:
        values.update(path.nodes())
        for source, target, forced in path.links():
            links[source, target] += 1
            led[source, target] += forced
    nodes = [_node(name, value, depth, by) for name, value in values.items()]
    return Sankey(
        by,
        len(paths),
        tuple(sorted(nodes, key=lambda node: (node.step, -node.value, node.name))),
        tuple(
            Link(*ends, value, led[ends]) for ends, value in sorted(links.items(), key=lambda one: (-one[1], one[0]))
        ),
    )


def _node(node_id: str, value: int, depth: int, by: By) -> Node:
    step, _, name = node_id.partition(":")
    if step == END:
        return Node(node_id, name, depth + 1, "end", value)
    kind = {REST: "rest", OTHERS: "others"}.get(name, by)
    return Node(node_id, name, int(step), kind, value)
