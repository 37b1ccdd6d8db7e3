"""HTML to the text that a person reads in it. Pure; no recursion, linear in the nodes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from shared.channels.email.html_weight import is_heavy, text_of_heavy
from shared.domain.event import printable

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

LARGEST: Final = 1_000_000
"""Characters of HTML that are read; the raw mail keeps the rest."""

_MUTE: Final = "script style head title template noscript svg math object iframe select textarea audio video canvas"
_SKIPPED: Final = frozenset(_MUTE.split())
_STACKED: Final = (
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form header"
    " hr li main nav ol pre section summary table tbody tfoot thead tr ul"
)
_BLOCKS: Final = frozenset(_STACKED.split())
_PARAGRAPHS: Final = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6"))
_CELLS: Final = frozenset(("td", "th"))

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_JOINER = re.compile(
    "(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2600-\u27bf\U0001f000-\U0001faff])"
)
"""Joins nothing visible but emoji, which it holds together."""
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANKS = re.compile(r"\n{3,}")
_LINK = re.compile(r"\s*(https?:|mailto:|tel:)", re.IGNORECASE)
_SAME = re.compile(r"^(?:https?://|mailto:|tel:)?(?:www\.)?|/$")


def text_of(html: str) -> str:
    """The text: blocks on lines, list marks, cells apart by tabs, a link's address where the text hides it.

    Nothing invisible stays in it: no zero-width sign, no sign that turns the direction of writing.
    """
    from selectolax.lexbor import LexborHTMLParser

    html = printable(html[:LARGEST])
    if is_heavy(html):
        return tidy(cleaned(text_of_heavy(html)))
    root = LexborHTMLParser(html).root
    return text_of_node(root) if root is not None else ""


def cleaned(text: str) -> str:
    """Without invisible and control signs."""
    return _CONTROLS.sub("", _JOINER.sub("", _UNSEEN.sub("", text)))


def tidy(text: str) -> str:
    """No space at the ends of lines, and no more than one line empty."""
    return _BLANKS.sub("\n\n", "\n".join(line.rstrip().lstrip(" ") for line in text.split("\n"))).strip("\n\t ")


def text_of_node(root: LexborNode) -> str:
    """The text of one node and what is in it."""
    writer = _Writer()
    node: LexborNode | None = root
    while node is not None:
        if writer.opens(node) and node.child is not None:
            node = node.child
            continue
        node = _onward(node, root, writer)
    return writer.text()


def _onward(node: LexborNode, root: LexborNode, writer: _Writer) -> LexborNode | None:
    """The next node after this one and all in it, closing what ends on the way."""
    at: LexborNode | None = node
    while at is not None:
        writer.closes(at)
        if at.mem_id == root.mem_id:  # `==` would compare their HTML
            return None
        if at.next is not None:
            return at.next
        at = at.parent
    return None


class _Writer:
    def __init__(self) -> None:
        self._out: list[str] = []
        self._lists: list[int | None] = []
        self._links: list[tuple[str, int]] = []
        self._pre = 0

    def text(self) -> str:
        return tidy("".join(self._out))

    def opens(self, node: LexborNode) -> bool:
        """Writes what stands before the node's content; whether that content is to be read."""
        tag = node.tag
        if node.is_text_node:
            self._write(node.text_content or "")
            return False
        if tag is None or tag in _SKIPPED or node.is_comment_node:
            return False
        if tag in _BLOCKS or tag in _PARAGRAPHS:
            self._break(2 if _is_spaced(node) else 1)
        self._mark(node, tag)
        return True

    def closes(self, node: LexborNode) -> None:
        tag = node.tag
        if tag == "a":
            self._close_link()
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._pre -= 1
        if tag in _BLOCKS or tag in _PARAGRAPHS:
            self._break(2 if _is_spaced(node) else 1)

    def _mark(self, node: LexborNode, tag: str) -> None:
        if tag == "br":
            self._out.append("\n")
        elif tag in _CELLS:
            self._cell()
        elif tag == "li":
            self._bullet()
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "pre":
            self._pre += 1
        elif tag == "img":
            self._out.append(_pictogram(node))
        elif tag == "a":
            self._links.append((node.attributes.get("href") or "", len(self._out)))

    def _write(self, text: str) -> None:
        text = cleaned(text)
        if not self._pre:
            text = _SPACES.sub(" ", text)
            if text[:1] == " " and (not self._out or self._out[-1][-1:] in " \n\t"):
                text = text[1:]
        if text:
            self._out.append(text)

    def _break(self, count: int) -> None:
        """At least so many line ends, and none at the beginning."""
        have = 0
        for piece in reversed(self._out[-2:]):
            trailing = len(piece) - len(piece.rstrip("\n"))
            have += trailing
            if trailing < len(piece):
                break
        if self._out and have < count:
            self._out.append("\n" * (count - have))

    def _cell(self) -> None:
        if self._out and self._out[-1][-1:] != "\n":
            self._out.append("\t")

    def _bullet(self) -> None:
        if self._lists and (count := self._lists[-1]) is not None:
            self._lists[-1] = count + 1
            self._out.append(f"{count + 1}. ")
        else:
            self._out.append("- ")

    def _close_link(self) -> None:
        if not self._links:
            return
        target, begins = self._links.pop()
        said = "".join(self._out[begins:]).strip()
        if _LINK.match(target) and said and _SAME.sub("", said.lower()) != _SAME.sub("", target.strip().lower()):
            self._out.append(f" <{target.strip()}>")


def _is_spaced(node: LexborNode) -> bool:
    """Outlook makes each line a paragraph without space around it."""
    return node.tag in _PARAGRAPHS and "MsoNormal" not in (node.attributes.get("class") or "")


def _pictogram(node: LexborNode) -> str:
    """An emoji that the program sent as an image: its alternative text has no letter."""
    alternative = node.attributes.get("alt") or ""
    return (
        alternative
        if len(alternative) <= 8 and not alternative.isascii() and not any(map(str.isalnum, alternative))
        else ""
    )
