"""Whether HTML would keep a parser busy: parsers look through all open elements at each tag. Pure, linear.

A megabyte of `<div>` takes a browser's parser minutes, and one of `<font>` and `<p>` all the memory there is. What is
too heavy is read without a parser. Two measures, for a page that one holds light the other may not: how deep its
elements lie by their names alone, as if no end of one ended another (so it is where fonts end around open blocks);
and how many open ones each tag has to pass, by the tokens of the HTML standard. Where in doubt, both count too much.
Source: HTML Living Standard, 13.2.5 and 13.2.6.
"""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from typing import Final

DEEPEST: Final = 1000
"""Elements in one another."""
DEPTHS: Final = 1_500_000
"""The depths of all tags together. A long newsletter stays under a fifth of it."""

HEAVIEST: Final = 20_000_000
"""Open elements looked at in all: six thousand nested ones, or a newsletter of a megabyte twenty times over."""

_COST_OF_FORMAT: Final = 20
"""An element that opens again in every paragraph costs memory, too."""

_COST_OF_TEXT: Final = 1000

_S: Final = r"[\t\n\f\r ]"
_ATTRIBUTE: Final = (
    rf"(?:=[^\t\n\f\r />=]*+|[^\t\n\f\r />=]++)"
    rf"(?:{_S}*+={_S}*+(?:\"[^\"]*+\"|'[^']*+'|[^\t\n\f\r >\"'][^\t\n\f\r >]*+|(?=[>\"'])))?+"
)
_TOKEN = re.compile(
    r"<!--(?>-?>|[\s\S]*?(?:--!?>|\Z))"
    rf"|<(?P<close>/?)(?P<name>[a-zA-Z][^\t\n\f\r />]*+)(?:(?:[\t\n\f\r /])++|{_ATTRIBUTE})*+(?:>|\Z)"
)
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_LONG_TAG: Final = 2000
"""Characters of a tag from which on its attributes are counted: each is compared with all before it."""

_RAW: Final = frozenset(("script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "textarea", "title"))
_WITHOUT_END: Final = "area base br col embed hr img input link meta param source track wbr"
_ENDED_BY_OTHERS: Final = "p li td th tr dt dd option tbody thead tfoot body"
_NEVER_DEEP: Final = frozenset((*_WITHOUT_END.split(), *_ENDED_BY_OTHERS.split(), *_RAW))
_FORMATTING: Final = "a b big code em font i nobr s small strike strong tt u"
_FORMATS: Final = frozenset(_FORMATTING.split())
_WALLS: Final = frozenset(("table", "template", "object", "applet", "marquee", "svg", "math", "select", "button"))
_FLAT: Final = frozenset((*_NEVER_DEEP, "colgroup")) - {"body", "noscript"}
"""What holds nothing, or ends where the next of its kind begins; not so in drawings and formulas."""
_ITEMS: Final = {"li": "li", "dd": "dd", "dt": "dd"}
"""What ends only where one of its own kind begins: the two kinds lie in one another."""


def is_heavy(html: str) -> bool:
    """Whether a parser is to be kept from it. Every reader of HTML asks this itself before it makes a tree."""
    if "<![CDATA[" in html:
        return True  # where it ends depends on what is open
    scale = _Scale()
    raw, read = "", 0
    for token in _TOKEN.finditer(html):
        scale.says(html, read, token.start())
        read = token.end()
        name = (token["name"] or "").lower()
        if name and token.end() - token.start() > _LONG_TAG:
            scale.weight += len(_ATTRIBUTES.findall(token[0])) ** 2
        if not name:
            if raw and f"</{raw}" in token[0].lower():
                return True  # no comment there, but nobody can say cheaply what it is
        elif raw and not (token["close"] and name == raw):
            scale.opens(name)
        elif token["close"]:
            raw = ""
            scale.closes(name)
        else:
            raw = name if name in _RAW else ""
            scale.opens(name)
        if scale.is_too_much:
            return True
    scale.says(html, read, len(html))
    return scale.is_too_much


class _Depth:
    """How deep elements lie by names alone: an end ends one of its name, wherever it lies, and nothing beside."""

    def __init__(self) -> None:
        self.depths = 0
        self.now = 0
        self._opened: Counter[str] = Counter()
        self._item: str | None = None

    def passes(self, name: str, *, opens: bool) -> None:
        self.depths += self.now + 1
        if opens and (kind := _ITEMS.get(name)):
            self.now += self._item is not None and kind != self._item
            self._item = kind
        if name in _FLAT and not (self._opened["svg"] or self._opened["math"]):
            return
        if opens:
            self._opened[name] += 1
            self.now += 1
        elif self._opened[name]:
            self._opened[name] -= 1
            self.now -= 1


class _Scale:
    """What is open, and how much looking at it has cost."""

    def __init__(self) -> None:
        self.weight = 0
        self._open: list[str] = []
        self._again = 0
        self._depth = _Depth()

    @property
    def is_too_much(self) -> bool:
        return self.weight > HEAVIEST or self._depth.depths > DEPTHS or self._depth.now > DEEPEST

    def says(self, html: str, start: int, end: int) -> None:
        """Text between tags: at each `&` the text so far is moved."""
        self.weight += html.count("&", start, end) * (end - start) // _COST_OF_TEXT

    def opens(self, name: str) -> None:
        self._depth.passes(name, opens=True)
        self.weight += len(self._open) + _COST_OF_FORMAT * self._again + 1
        if name not in _NEVER_DEEP:
            self._open.append(name)

    def closes(self, name: str) -> None:
        """Ends the nearest of this name that no wall is before; formats in it go on after it."""
        self._depth.passes(name, opens=False)
        for at in range(len(self._open) - 1, -1, -1):
            self.weight += 1
            if self._open[at] == name:
                self._again += sum(one in _FORMATS for one in self._open[at + 1 :])
                del self._open[at:]
                return
            if self._open[at] in _WALLS and name not in _WALLS:
                break
        if name in _FORMATS and self._again:
            self._again -= 1


_BREAKS = re.compile(r"<(?:br|/?(?:p|div|tr|li|table|blockquote|h[1-6]))\b[^<>]*>", re.IGNORECASE)
_TAGS = re.compile(r"<[a-zA-Z/!?][^<>]*>?")
_MUTE = re.compile(r"<(script|style|title)\b[^<>]*>[\s\S]*?(?:</\1[^<>]*>?|\Z)|<!--[\s\S]*?(?:-->|\Z)", re.IGNORECASE)
"""Each is searched for once: without an end it goes on to the end of the page."""


def text_of_heavy(html: str) -> str:
    """The text by its signs alone: every tag away, blocks on lines, nothing of styles and programs."""
    return unescape(_TAGS.sub("", _BREAKS.sub("\n", _MUTE.sub("", html))))
