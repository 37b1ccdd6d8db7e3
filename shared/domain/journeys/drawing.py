"""A Sankey diagram as inline SVG with a table beside it that says the same. Pure: values in, text out.

One column for each step, heights and widths by value, links as cubic curves of constant width, coloured by where they
come from, dashed where the company led customers to another channel. Nothing is fetched and no script runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from shared.domain.journeys.sankey import Node, Sankey
from shared.domain.journeys.words import LANGUAGES, word

WIDTH: Final = 960
HEIGHT: Final = 420
_NODE_WIDTH: Final = 14
_GAP: Final = 12
_TOP: Final = 24
_MARGIN: Final = 8
_LABEL: Final = 120
"""Room for the labels of the last column, which stand to its right."""

_COLOURS: Final[Mapping[str, str]] = {
    "whatsapp": "#1b7f4b",
    "messenger": "#0b6bcb",
    "instagram": "#a8326f",
    "email": "#8a5a00",
    "voice": "#5b3fa0",
    "webchat": "#006d77",
    "web_chat": "#006d77",
    "in_person": "#7a4a2b",
    "ivr": "#565f89",
    "self_service": "#4a6b00",
    "resolved": "#2e7d32",
    "abandoned": "#b3261e",
    "transferred": "#6a5acd",
    "active": "#5f6368",
    "otros": "#757575",
    "…": "#757575",
}
_OTHER_COLOURS: Final = ("#1f4e79", "#7b341e", "#2c5f2d", "#6b2d5c", "#3d405b", "#815b00")


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    height: float


def diagram(sankey: Sankey, language: str = "es") -> str:
    """An HTML `<figure>`: the picture, and the table of its links. Every text in it is escaped."""
    chosen = language[:2].lower() if language[:2].lower() in LANGUAGES else LANGUAGES[0]
    title = escape(word("title", chosen))
    if not sankey.links:
        return f'<figure class="journeys" lang="{chosen}"><p>{escape(word("none", chosen))}</p></figure>'
    return (
        f'<figure class="journeys" lang="{chosen}"><figcaption>{title}: {sankey.journeys}</figcaption>'
        f"{_svg(sankey, chosen, title)}{_table(sankey, chosen)}</figure>"
    )


def _svg(sankey: Sankey, language: str, title: str) -> str:
    scale = _scale(sankey)
    boxes = _boxes(sankey, scale)
    drawn = _links(sankey, boxes, scale) + [_node(node, boxes[node.id], language) for node in sankey.nodes]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img" '
        f'aria-label="{title}" font-family="sans-serif" font-size="12"><title>{title}</title>{"".join(drawn)}</svg>'
    )


def _columns(sankey: Sankey) -> dict[int, list[Node]]:
    columns: dict[int, list[Node]] = defaultdict(list)
    for node in sankey.nodes:
        columns[node.step].append(node)
    return columns


def _scale(sankey: Sankey) -> float:
    """Height of one journey, so that the fullest column fits."""
    room = HEIGHT - _TOP - _MARGIN
    columns = _columns(sankey).values()
    return min(max(room - _GAP * (len(nodes) - 1), room / 4) / sum(node.value for node in nodes) for nodes in columns)


def _boxes(sankey: Sankey, scale: float) -> dict[str, _Box]:
    columns = _columns(sankey)
    last = max(columns)
    pitch = (WIDTH - 2 * _MARGIN - _NODE_WIDTH - _LABEL) / max(last - 1, 1)
    boxes = {}
    for step, nodes in columns.items():
        height = scale * sum(node.value for node in nodes)
        gap = min(_GAP, (HEIGHT - _TOP - _MARGIN - height) / max(len(nodes) - 1, 1))
        y: float = _TOP
        for node in nodes:
            boxes[node.id] = _Box(_MARGIN + pitch * (step - 1), y, node.value * scale)
            y += node.value * scale + gap
    return boxes


def _links(sankey: Sankey, boxes: Mapping[str, _Box], scale: float) -> list[str]:
    """Ribbons, at each node in the order of what they lead to, so that few cross."""
    names = {node.id: node.name for node in sankey.nodes}
    ends = {node.id: place for place, node in enumerate(sankey.nodes)}
    out: dict[str, float] = defaultdict(float)
    into: dict[str, float] = defaultdict(float)
    drawn = []
    for link in sorted(sankey.links, key=lambda one: (ends[one.source], ends[one.target])):
        for value, is_forced in ((link.value - link.forced, False), (link.forced, True)):
            if not value:
                continue
            width, source, target = value * scale, boxes[link.source], boxes[link.target]
            start = source.y + out[link.source] + width / 2
            stop = target.y + into[link.target] + width / 2
            out[link.source] += width
            into[link.target] += width
            drawn.append(_ribbon(source, start, target, stop, width, _colour(names[link.source]), is_forced=is_forced))
    return drawn


def _ribbon(
    source: _Box, start: float, target: _Box, stop: float, width: float, colour: str, *, is_forced: bool
) -> str:
    left, right = source.x + _NODE_WIDTH, target.x
    middle = (left + right) / 2
    dashes = ' stroke-dasharray="8 4"' if is_forced else ""
    return (
        f'<path d="M{left:.1f} {start:.1f}C{middle:.1f} {start:.1f} {middle:.1f} {stop:.1f} {right:.1f} {stop:.1f}" '
        f'fill="none" stroke="{colour}" stroke-opacity="0.4" stroke-width="{max(width, 0.5):.2f}"{dashes}/>'
    )


def _node(node: Node, box: _Box, language: str) -> str:
    label = escape(f"{word(node.name, language)} {node.value}")
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{_NODE_WIDTH}" height="{max(box.height, 1):.2f}" '
        f'fill="{_colour(node.name)}"><title>{label}</title></rect>'
        f'<text x="{box.x + _NODE_WIDTH + 4:.1f}" y="{box.y + box.height / 2 + 4:.1f}">{label}</text>'
    )


def _colour(name: str) -> str:
    return _COLOURS.get(name) or _OTHER_COLOURS[sum(name.encode("utf-8", "replace")) % len(_OTHER_COLOURS)]


def _table(sankey: Sankey, language: str) -> str:
    names = {node.id: _placed(node, language) for node in sankey.nodes}
    heads = "".join(f'<th scope="col">{escape(word(one, language))}</th>' for one in ("from", "to", "journeys"))
    rows = []
    for link in sankey.links:
        led = f" ({link.forced} {word('forced', language)})" if link.forced else ""
        cells = (names[link.source], names[link.target], f"{link.value}{led}")
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _placed(node: Node, language: str) -> str:
    label = word(node.name, language)
    return label if node.kind == "end" else f"{node.step}. {label}"
