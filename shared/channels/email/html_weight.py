"""Whether HTML would keep a parser busy: parsers look through all open elements at each tag. Pure, linear.

A megabyte of `<div>` takes a browser's parser minutes, and one of `<font>` and `<p>` all the memory there is. What is
too heavy is read without a parser. The tokens are those of the HTML standard, so that nothing is open that this does
not see; where it is in doubt it counts too much. Source: HTML Living Standard, 13.2.5 and 13.2.6.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

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


def is_heavy(html: str) -> bool:
    """Whether a parser is to be kept from it."""
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
        if raw:
            raw = "" if token["close"] and name == raw else raw
            scale.opens(name)
        elif not name:
            continue
        elif token["close"]:
            scale.closes(name)
        else:
            raw = name if name in _RAW else ""
            scale.opens(name)
        if scale.weight > HEAVIEST:
            return True
    scale.says(html, read, len(html))
    return scale.weight > HEAVIEST


class _Scale:
    """What is open, and how much looking at it has cost."""

    def __init__(self) -> None:
        self.weight = 0
        self._open: list[str] = []
        self._again = 0

    def says(self, html: str, start: int, end: int) -> None:
        """Text between tags: at each `&` the text so far is moved."""
        self.weight += html.count("&", start, end) * (end - start) // _COST_OF_TEXT

    def opens(self, name: str) -> None:
        self.weight += len(self._open) + _COST_OF_FORMAT * self._again + 1
        if name not in _NEVER_DEEP:
            self._open.append(name)

    def closes(self, name: str) -> None:
        """Ends the nearest of this name that no wall is before; formats in it go on after it."""
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


def text_of_heavy(html: str) -> str:
    """The text by its signs alone: every tag away, blocks on lines."""
    return unescape(_TAGS.sub("", _BREAKS.sub("\n", html)))
