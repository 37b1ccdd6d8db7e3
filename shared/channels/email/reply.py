"""What a person wrote in a mail, apart from what their program quoted and signed. Pure, linear in the text.

Losing what a person wrote is worse than keeping a quote: what is not surely quoted stays, and where nothing would be
left the whole text stays. Every line of the text is in exactly one of the three parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.channels.email import reply_marks as marks

SCANNED: Final = 64 * 1024
"""Characters in which marks are looked for. What follows belongs to whatever it follows."""

LONGEST_SIGNATURE: Final = 20
"""Lines with something on them. More after a `--` is text, and the `--` a line that the person drew."""

DISCLAIMER_LENGTH: Final = 200
DISCLAIMER_SEEN: Final = 3
DISCLAIMER_LINES: Final = 200
"""Lines from the end in which a disclaimer is looked for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`visible`: what the person wrote. `quoted`, `signature`: what was cut, where something was."""

    visible: str
    quoted: str | None = None
    signature: str | None = None
    is_forward: bool = False


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where the quote begins: `at`, and the first line after what announces it. `is_prefixed`: quoted with `>`."""

    at: int
    after: int
    is_prefixed: bool
    is_forward: bool


class _Lines:
    """The text by lines: as they came, and as marks are looked for in them."""

    def __init__(self, text: str) -> None:
        self.raw = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.plain: list[str] = []
        seen = 0
        for line in self.raw:
            seen += len(line) + 1
            if seen > SCANNED:
                break
            self.plain.append(marks.plain(line))

    def is_blank(self, at: int) -> bool:
        return not self.raw[at].strip()

    def next_written(self, at: int) -> int | None:
        return next((index for index in range(at, len(self.raw)) if not self.is_blank(index)), None)


def visible(text: str, *, subject: str | None = None, domain_seen: int = 0) -> Reply:
    """The reply without quote and signature; the whole text where nothing would be left.

    `subject`: tells a forward. `domain_seen`: how many earlier mails of the sender's domain ended in this disclaimer.
    """
    if marks.is_forward_subject(subject):
        return Reply(text, is_forward=True)
    lines = _Lines(text)
    end = _before_disclaimer(lines.raw) if domain_seen >= DISCLAIMER_SEEN else len(lines.raw)
    tail = lines.raw[end:]
    del lines.raw[end:], lines.plain[end:]
    mark = _first_mark(lines)
    if mark is not None and mark.is_forward:
        return Reply(text, is_forward=True)
    own, quoted = _parted(lines, mark)
    own, signature = _unsigned(own)
    if not "".join(own).strip():
        return Reply(text)
    return Reply(_joined(own), _joined(quoted) or None, _joined([*signature, *tail]) or None)


def disclaimer_of(text: str) -> str | None:
    """The legal disclaimer at the end, if there is one: what is to be counted for each domain."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _joined(lines[_before_disclaimer(lines) :]) or None


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _first_mark(lines: _Lines) -> _Mark | None:
    for at, line in enumerate(lines.plain):
        if line and (mark := _mark_at(lines, at)) is not None:
            return mark
    return None


def _mark_at(lines: _Lines, at: int) -> _Mark | None:
    line = lines.plain[at]
    if marks.is_forward_separator(line):
        return _mark(lines, at, at + 1, is_forward=True)
    if marks.is_original_separator(line):
        return _headed(lines, at, at + 1)
    if count := marks.own_marker(lines.plain, at):
        return _mark(lines, at, at + count)
    if marks.is_rule(line):
        below = lines.next_written(at + 1)
        is_head = below is not None and below < len(lines.plain) and marks.header_block(lines.plain, below)
        return _headed(lines, at, (below or 0) + is_head) if is_head else None
    if count := marks.header_block(lines.plain, at):
        return _headed(lines, at, at + count)
    return _attributed(lines, at)


def _attributed(lines: _Lines, at: int) -> _Mark | None:
    count = marks.attribution(lines.plain, at)
    if not count:
        return None
    mark = _mark(lines, at, at + count)
    said = " ".join(lines.plain[at : at + count])
    return mark if mark.is_prefixed or marks.is_surely_attribution(said) else None


def _headed(lines: _Lines, at: int, after: int) -> _Mark:
    """With nothing above it, it is a forward."""
    return _mark(lines, at, after, is_forward=not any(line.strip() for line in lines.raw[:at]))


def _mark(lines: _Lines, at: int, after: int, is_forward: bool = False) -> _Mark:
    written = lines.next_written(after)
    is_prefixed = marks.is_prefixed(lines.raw[at]) or (written is not None and marks.is_prefixed(lines.raw[written]))
    while at and marks.is_prefixed(lines.raw[at]) and marks.is_prefixed(lines.raw[at - 1]):
        at -= 1
    return _Mark(at, after, is_prefixed, is_forward)


def _parted(lines: _Lines, mark: _Mark | None) -> tuple[list[str], list[str]]:
    """What the person wrote, signature included, and what was quoted."""
    raw = lines.raw
    if mark is None or marks.says_answers_below("\n".join(raw[: mark.at])):
        return raw, []
    if not mark.is_prefixed:
        return raw[: mark.at], raw[mark.at :]
    end = mark.after
    while end < len(raw) and (lines.is_blank(end) or marks.is_prefixed(raw[end])):
        end += 1
    above, below = raw[: mark.at], raw[end:]
    written, _ = _unsigned(below)
    if not any(line.strip() for line in written):
        return [*above, *below], raw[mark.at : end]
    if any(line.strip() for line in above) or any(marks.is_prefixed(line) for line in below):
        return raw, []
    return below, raw[:end]


def _unsigned(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines without their signature and their program's tail, and those."""
    end = _before_signature(lines)
    while (last := _last_written(lines, end)) is not None and marks.is_mobile_tail(marks.plain(lines[last])):
        end = last
    return lines[:end], lines[end:]


def _before_signature(lines: list[str]) -> int:
    """Where the signature begins: at the first `--` with few enough lines below it."""
    written, begins = 0, len(lines)
    for index in range(len(lines) - 1, -1, -1):
        if marks.is_signature_mark(marks.plain(lines[index])) and not marks.is_prefixed(lines[index]):
            begins = index
        written += bool(lines[index].strip())
        if written > LONGEST_SIGNATURE:
            break
    return begins


def _last_written(lines: list[str], end: int) -> int | None:
    return next((index for index in range(end - 1, -1, -1) if lines[index].strip()), None)


def _before_disclaimer(lines: list[str]) -> int:
    """Where the legal disclaimer begins that ends the text; the number of lines where there is none.

    Paragraphs are taken from the end as long as they are long; the first of them must open as disclaimers do.
    """
    end = len(lines)
    begins, length, paragraph = end, 0, 0
    for index in range(end - 1, max(-1, end - 1 - DISCLAIMER_LINES), -1):
        line = lines[index].strip()
        if not line:
            if 0 < paragraph < DISCLAIMER_LENGTH // 2:
                break
            paragraph = 0
            continue
        paragraph += len(line)
        length += len(line)
        if length > DISCLAIMER_LENGTH and marks.opens_disclaimer(marks.plain(lines[index]) or line[: marks.WIDTH]):
            begins = index
    return begins
