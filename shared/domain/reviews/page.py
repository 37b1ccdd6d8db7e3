"""A review as a page for a mail: inline styles, tables that screen readers follow, every text escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import Final

from shared.domain.figures.grouping import SLOTS
from shared.domain.figures.thresholds import thresholds
from shared.domain.moment import utc_text
from shared.domain.reviews.model import Language, Line, Review, Volume
from shared.domain.reviews.shown import change_text, number_text, value_text
from shared.domain.reviews.words import day_text, label, meaning, word

_PAGE: Final = "margin:0;padding:16px;background:#ffffff;color:#1a1a1a;font:15px/1.45 Arial,Helvetica,sans-serif"
_TABLE: Final = "border-collapse:collapse;width:100%;margin:0 0 24px"
_CAPTION: Final = "text-align:left;font-weight:bold;font-size:17px;padding:0 0 6px"
_HEAD: Final = "text-align:left;padding:6px 8px;border-bottom:2px solid #4a5568;font-size:13px"
_CELL: Final = "text-align:left;padding:6px 8px;border-bottom:1px solid #d5dae1;font-weight:normal;vertical-align:top"
_NUMBER: Final = (
    "text-align:right;padding:6px 8px;border-bottom:1px solid #d5dae1;white-space:nowrap;vertical-align:top"
)
_GREY: Final = "color:#5f6b7a"
_LINK: Final = "color:#1a4f8b"


def page(review: Review) -> str:
    """The whole page. Each figure leads to how it is calculated, at the page's end."""
    lang, title = review.language, heading(review)
    parts = [
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<title>{escape(title)}</title></head><body style="{_PAGE}">',
        f'<main style="max-width:760px;margin:0 auto"><h1 style="font-size:22px;margin:0 0 4px">{escape(title)}</h1>',
        f'<p style="margin:0 0 20px;{_GREY}">{escape(standing(review))}</p>',
        *_moved(review),
        *_figures(review),
        *_volumes(review),
        *_others(review),
        *_meanings(review),
        "</main></body></html>\n",
    ]
    return "".join(parts)


def heading(review: Review) -> str:
    """The title, which is the mail's subject too."""
    lang = review.language
    days = day_text(review.last, lang)
    if review.first != review.last:
        days = f"{day_text(review.first, lang)} – {days}"
    return f"{word(review.kind, lang)} · {review.brand} · {days}"


def standing(review: Review) -> str:
    """As of when, and which revision."""
    at = word("as_of", review.language).format(at=utc_text(review.as_of).replace("T", " ").removesuffix("Z"))
    return f"{at} · {word('revision', review.language)} {review.revision}"


def plain(review: Review) -> str:
    """The same as text, for whoever reads no HTML."""
    lang = review.language
    lines = [
        heading(review),
        standing(review),
        "",
        word("moved", lang),
        *_moved_plain(review),
        "",
        word("figures", lang),
    ]
    for one in review.lines:
        notes = "".join(f" ({note})" for note in _notes(one, lang))
        usual = f"; {word(f'usual_{review.kind}', lang)}: {value_text(one.usual, one.unit, lang)}"
        lines.append(f"{label(one, lang)}: {value_text(one.value, one.unit, lang)}, n {one.n}{usual}{notes}")
    for volume in review.volumes:
        slots = ", ".join(f"{slot} {number}" for slot, (number, _) in zip(SLOTS, volume.slots, strict=True))
        lines.append(f"{_one_line(volume.channel)}: {volume.total} ({slots})")
    return "\n".join([*lines, *_others_plain(review)]) + "\n"


def _moved_plain(review: Review) -> Iterator[str]:
    lang = review.language
    if not review.moved:
        yield word("nothing_moved", lang)
    for line in review.moved:
        now, usual = (value_text(one, line.unit, lang) for one in (line.value, line.usual))
        yield f"{label(line, lang)}: {now} ({usual}; {change_text(line, lang)})"


def _others_plain(review: Review) -> Iterator[str]:
    lang = review.language
    if review.topics:
        yield from ("", word("topics", lang), *(f"{_one_line(name)}: {number}" for name, number in review.topics))
    if review.stages:
        yield from ("", word("stages", lang))
        for one in review.stages:
            rate = value_text(one.percent, "percent", lang)
            yield f"{_one_line(one.name)}: {rate} ({one.abandoned} / {one.entered})"
    if review.most_journeys is not None:
        yield from ("", word("stages", lang), _too_many(review, review.most_journeys))
    if review.corrections:
        yield from ("", word("corrections", lang))
        for day in review.corrections:
            yield f"{day_text(day.day, lang)}: {word('revision', lang)} {day.revision}, {day.at}"


def _too_many(review: Review, most: int) -> str:
    """That there were, and how to see them all the same: of the last day."""
    ask = f"hilo kpi journeys --brand {_one_line(review.brand)} --from {review.last} --to {review.last}"
    return word("too_many_journeys", review.language).format(most=most, ask=ask)


def _one_line(name: str) -> str:
    return " ".join(name.split())


def _moved(review: Review) -> Iterator[str]:
    lang = review.language
    yield f'<h2 style="font-size:17px;margin:0 0 6px">{escape(word("moved", lang))}</h2>'
    if not review.moved:
        yield f'<p style="margin:0 0 24px">{escape(word("nothing_moved", lang))}</p>'
        return
    yield '<ul style="margin:0 0 24px;padding-left:22px">'
    for line in review.moved:
        now, usual = (value_text(one, line.unit, lang) for one in (line.value, line.usual))
        change = change_text(line, lang)
        yield f"<li>{_link(line, lang)}: <strong>{escape(now)}</strong> ({escape(usual)}; {escape(change)})</li>"
    yield "</ul>"


def _figures(review: Review) -> Iterator[str]:
    lang = review.language
    columns = ("figure", "value", "", f"usual_{review.kind}")
    heads = [word(name, lang) if name else "n" for name in columns]
    rows = []
    for line in review.lines:
        notes = "".join(f' <small style="{_GREY}">{escape(note)}</small>' for note in _notes(line, lang))
        value = escape(value_text(line.value, line.unit, lang))
        shown = f'<span style="{_GREY}">{value}</span>' if line.is_greyed or line.value is None else value
        rows.append((_link(line, lang) + notes, shown, str(line.n), escape(value_text(line.usual, line.unit, lang))))
    yield _table(word("figures", lang), heads, rows)


def _volumes(review: Review) -> Iterator[str]:
    lang = review.language
    if not review.volumes:
        return
    heads = [word("channel", lang), *SLOTS, word("total", lang)]
    rows = [(escape(one.channel), *_slots(one, lang), str(one.total)) for one in review.volumes]
    yield _table(word("volume", lang), heads, rows, word("usual_in_brackets", lang))


def _slots(volume: Volume, lang: Language) -> Iterator[str]:
    for number, usual in volume.slots:
        yield f"{number}" if usual is None else f"{number} ({escape(number_text(usual, 1, lang))})"


def _others(review: Review) -> Iterator[str]:
    lang = review.language
    if review.topics:
        heads = [word("topic", lang), word("journeys", lang)]
        yield _table(word("topics", lang), heads, [(escape(name), str(number)) for name, number in review.topics])
    if review.stages:
        heads = [word(name, lang) for name in ("stage", "entered", "abandoned", "rate")]
        rows = [
            (escape(one.name), str(one.entered), str(one.abandoned), escape(value_text(one.percent, "percent", lang)))
            for one in review.stages
        ]
        yield _table(word("stages", lang), heads, rows)
    if review.most_journeys is not None:
        yield f'<h2 style="font-size:17px;margin:0 0 6px">{escape(word("stages", lang))}</h2>'
        yield f'<p style="margin:0 0 24px">{escape(_too_many(review, review.most_journeys))}</p>'
    if review.corrections:
        heads = [word(name, lang) for name in ("day", "revision", "corrected_at")]
        days = [(escape(day_text(one.day, lang)), str(one.revision), escape(one.at)) for one in review.corrections]
        yield _table(word("corrections", lang), heads, days)


def _meanings(review: Review) -> Iterator[str]:
    lang = review.language
    yield f'<h2 style="font-size:17px;margin:0 0 6px">{escape(word("how", lang))}</h2><dl style="margin:0">'
    first = {line.figure: replace(line, part="value") for line in reversed(review.lines)}
    for figure in dict.fromkeys(line.figure for line in review.lines):
        name = label(first[figure], lang)
        yield f'<dt id="{_anchor(figure)}" style="font-weight:bold">{escape(name)}</dt>'
        beside = thresholds(figure, review.limits, lang)
        more = f"<br><span>({escape(beside)})</span>" if beside else ""
        yield f'<dd style="margin:0 0 10px;{_GREY}">{escape(meaning(figure, lang))}{more}</dd>'
    yield "</dl>"


def _anchor(figure: str) -> str:
    return f"how-{figure}"


def _link(line: Line, lang: Language) -> str:
    return f'<a href="#{_anchor(line.figure)}" style="{_LINK}">{escape(label(line, lang))}</a>'


def _notes(line: Line, lang: Language) -> Iterator[str]:
    if line.is_greyed and line.n:
        yield word("few", lang)
    if line.last:
        yield word("until", lang).format(day=day_text(line.last, lang))


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> str:
    """`heads` and `caption` as text; the cells of `rows` as HTML, the first of each its head."""
    first, *others = heads
    top = f'<th scope="col" style="{_HEAD}">{escape(first)}</th>' + "".join(
        f'<th scope="col" style="{_HEAD};text-align:right">{escape(one)}</th>' for one in others
    )
    body = "".join(
        f'<tr><th scope="row" style="{_CELL}">{name}</th>'
        + "".join(f'<td style="{_NUMBER}">{cell}</td>' for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    small = f' <small style="font-weight:normal;{_GREY}">{escape(note)}</small>' if note else ""
    head = f'<caption style="{_CAPTION}">{escape(caption)}{small}</caption><thead><tr>{top}</tr></thead>'
    return f'<table style="{_TABLE}">{head}<tbody>{body}</tbody></table>'
