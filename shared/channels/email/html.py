"""HTML of mails: made safe to show, and without what was quoted. Pure; at most `LARGEST` characters are read.

Text is made of it in `html_text.py`. Cleaning is nh3's (ammonia, an allow-list over a browser's parser); finding
nodes is selectolax's (lexbor).
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

from shared.channels.email import reply_marks as marks
from shared.channels.email.html_text import LARGEST, text_of, text_of_node
from shared.channels.email.html_weight import is_heavy
from shared.domain.event import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

__all__ = ["LARGEST", "sanitised", "text_of", "without_quotes"]

_SHOWN: Final = (
    "a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure h1"
    " h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong sub sup table tbody"
    " td tfoot th thead time tr tt u ul var wbr"
)
_TAGS: Final = frozenset(_SHOWN.split())
_DROPPED: Final = (
    "applet audio canvas embed frame frameset head iframe math noembed noframes noscript object option script select"
    " style svg template textarea title video xmp"
)
_EMPTIED: Final = frozenset(_DROPPED.split())
"""Gone with what is in them. What stands in a `form` stays: a person may have written it."""

_ATTRIBUTES: Final[dict[str, set[str]]] = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "col": {"span"},
    "colgroup": {"span"},
    "img": {"src", "alt", "width", "height"},
    "li": {"value"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"align", "colspan", "rowspan", "valign"},
    "th": {"align", "colspan", "rowspan", "scope", "valign"},
    "time": {"datetime"},
}
_SCHEMES: Final = {"http", "https", "mailto", "tel", "cid"}
_CID = re.compile(r"\s*cid:", re.IGNORECASE)


def sanitised(html: str) -> str:
    """The HTML as it may be shown: known tags and attributes, no styles, no remote image, links that leak nothing.

    An image keeps its `src` only as `cid:`, a part of the same mail. Cleaning it again changes nothing.
    """
    import nh3

    html = printable(html[:LARGEST])
    if is_heavy(html):
        return escape(text_of(html), quote=False).replace("\n", "<br>")
    return nh3.clean(
        html,
        tags=set(_TAGS),
        clean_content_tags=set(_EMPTIED),
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if _CID.match(value) else None
    return None if tag == "a" and attribute == "href" and _CID.match(value) else value


_QUOTES: Final = (
    "div.gmail_quote, div.gmail_quote_container, blockquote.gmail_quote, blockquote[type=cite i], #divRplyFwdMsg,"
    " #appendonsend, #OLK_SRC_BODY_SECTION, [id*=yahoo_quoted], [class*=yahoo_quoted], .protonmail_quote,"
    " .moz-cite-prefix, #mail-editor-reference-message-container, .gmail_attr"
)
_OUTLOOK_RULE: Final = 'div[style*="border-top"]'
_MOST_RULES: Final = 50
_OUTLOOK_STYLE = re.compile(r"border-top:\s*solid\s+#?(?:e1e1e1|b5c4df)\s+1\.0pt", re.IGNORECASE)
_SENDER = re.compile(r"\s*(?:de|from)\s?:", re.IGNORECASE)
_FORWARDS: Final = ".moz-forward-container, .protonmail_forward"


def without_quotes(html: str, *, is_forward: bool) -> tuple[str, str | None]:
    """The HTML without what was quoted, and that, where something was.

    A forward stays whole, and so does a mail with answers in between. To be called before `sanitised`, which drops
    what the quotes are known by.
    """
    from selectolax.lexbor import LexborHTMLParser

    html = printable(html[:LARGEST])
    if is_forward or is_heavy(html):
        return html, None
    tree = LexborHTMLParser(html)
    begins = _quote(tree)
    if begins is None or _is_forwarded(tree, begins):
        return html, None
    return _cut(tree, begins, html)


def _quote(tree: LexborHTMLParser) -> LexborNode | None:
    """The first node in the document that begins a quote."""
    first = tree.css_first(_QUOTES)
    styled = next((node for node in tree.css(_OUTLOOK_RULE)[:_MOST_RULES] if _is_outlook_head(node)), None)
    if first is None or styled is None:
        return first if styled is None else styled
    both = {first.mem_id: first, styled.mem_id: styled}
    return next(both[node.mem_id] for node in tree.css("*") if node.mem_id in both)


def _is_outlook_head(node: LexborNode) -> bool:
    style = node.attributes.get("style") or ""
    return _OUTLOOK_STYLE.search(style) is not None and _SENDER.match(text_of_node(node)) is not None


def _is_forwarded(tree: LexborHTMLParser, begins: LexborNode) -> bool:
    return tree.css_first(_FORWARDS) is not None or _announces_forward(text_of_node(begins))


def _announces_forward(text: str) -> bool:
    return any(marks.is_forward_separator(marks.plain(line)) for line in text.split("\n")[:3])


def _cut(tree: LexborHTMLParser, begins: LexborNode, html: str) -> tuple[str, str | None]:
    cut = list(_from_here_on(begins))
    quoted = "".join(node.html or "" for node in cut)
    if _has_answers_inside(quoted):
        return html, None
    for node in cut:
        node.decompose()
    body = tree.body
    rest = (body.inner_html if body is not None else tree.html) or ""
    text = text_of(rest)
    if not text or marks.says_answers_below(text):
        return html, None
    return rest, quoted


def _from_here_on(node: LexborNode) -> Iterator[LexborNode]:
    """The node, and all that follows it in the document: its later siblings, and those of all around it."""
    if node.attributes.get("id") == "divRplyFwdMsg" and (rule := _rule_before(node)) is not None:
        node = rule
    at: LexborNode | None = node
    yield node
    while at is not None and at.tag != "body":
        following = at.next
        while following is not None:
            yield following
            following = following.next
        at = at.parent


def _rule_before(node: LexborNode) -> LexborNode | None:
    """The line that Outlook draws before the head."""
    before = node.prev
    while before is not None and before.is_text_node and not (before.text() or "").strip():
        before = before.prev
    return before if before is not None and before.tag == "hr" else None


def _has_answers_inside(quoted: str) -> bool:
    """Whether somebody wrote after a piece of the quote: text outside quotes that follows one inside."""
    from selectolax.lexbor import LexborHTMLParser

    if is_heavy(quoted):
        return True  # the tree writes out what the page only implied; what cannot be looked at stays
    tree = LexborHTMLParser(quoted)
    first = tree.css_first("blockquote")
    if first is None:
        return False
    after = [node for node in _from_here_on(first) if node is not first]
    said = LexborHTMLParser("".join(node.html or "" for node in after))
    for node in said.css("blockquote, .gmail_signature, .moz-signature, style, script"):
        node.decompose()
    return bool(text_of(said.html or ""))
