"""HTML of strangers: what could harm whoever looks at it is gone, and cleaning it twice is cleaning it once."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.pace import slowness
from shared.channels.email.html import LARGEST, sanitised, text_of, without_quotes

ATTACKS = {
    "script": "<p>a</p><script>alert(1)</script>",
    "script in svg": "<svg><script>alert(1)</script></svg>",
    "svg onload": "<svg onload=alert(1)><g onclick=alert(1)></svg>",
    "svg animate": '<svg><a><animate attributeName=href values="javascript:alert(1)"/><text>x</text></a></svg>',
    "svg use": '<svg><use href="data:image/svg+xml,<svg onload=alert(1)>"/></svg>',
    "math": "<math><mtext><mglyph><style><img src=x onerror=alert(1)></style></mglyph></mtext></math>",
    "mutation by noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "mutation by form": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "mutation by svg style": '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "mutation by textarea": "<textarea><a title='</textarea><img src=x onerror=alert(1)>'>",
    "mutation by comment": '<!--<img src="--><img src=x onerror=alert(1)//">',
    "mutation by xmp": "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "mutation by select": "<select><style></select><img src=x onerror=alert(1)></style>",
    "mutation by template": "<template><script>alert(1)</script><img src=x onerror=alert(1)></template>",
    "event handlers": '<p onmouseover="alert(1)" ONCLICK=alert(1)>a</p><img src=x onerror=alert(1)>',
    "javascript": '<a href="javascript:alert(1)">a</a>',
    "javascript in entities": '<a href="&#106;avascript&colon;alert(1)">a</a>',
    "javascript in long entities": '<a href="&#0000106&#0000097vascript:alert(1)">a</a>',
    "javascript with signs in it": '<a href="java\tscript:alert(1)">a</a><a href=" \x01javascript:alert(1)">b</a>',
    "javascript in capitals": '<a href="JaVaScRiPt:alert(1)">a</a>',
    "vbscript": '<a href="vbscript:msgbox(1)">a</a>',
    "data link": '<a href="data:text/html;base64,PHNjcmlwdD4=">a</a>',
    "data image": '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
    "style url": '<p style="background:url(http://t.example.net/x)">a</p>',
    "style expression": '<p style="width:expression(alert(1))">a</p>',
    "style sheet": "<style>@import 'http://t.example.net/x.css'; p{background:url(javascript:alert(1))}</style>",
    "style that covers the page": '<div style="position:fixed;top:0;width:100%;height:100%">a</div>',
    "link": '<link rel=stylesheet href="http://t.example.net/x.css">',
    "refresh": '<meta http-equiv=refresh content="0;url=javascript:alert(1)">',
    "base": '<base href="http://t.example.net/"><a href="x">a</a>',
    "form": '<form action="http://t.example.net/"><input name=a><button formaction="javascript:alert(1)">b</button>',
    "frame": '<iframe src="javascript:alert(1)"></iframe><iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "object": '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)"><applet code=x></applet>',
    "remote image": '<img src="http://t.example.net/pixel.gif"><img src="//t.example.net/pixel.gif">',
    "remote image in set": '<img srcset="//t.example.net/x 2x"><picture><source srcset="//t.example.net/x"></picture>',
    "remote background": '<table background="http://t.example.net/x"><td background="http://t.example.net/x">a</table>',
    "remote media": '<video src="http://t.example.net/x" poster="//t.example.net/x"></video><audio src=x autoplay>',
    "image map": '<img usemap="#m"><map name=m><area href="javascript:alert(1)"></map>',
    "old image": '<input type=image src="http://t.example.net/x"><image src="http://t.example.net/x">',
    "clobbering": '<a id=document name=cookie>a</a><p id="getElementById">b</p>',
    "file": '<a href="file:///etc/passwd">a</a><a href="\\\\t.example.net\\x">b</a>',
    "cid that is a page": '<a href="cid:x">a</a>',
    "broken tags": "<scr<script>ipt>alert(1)</scr</script>ipt><<img src=x onerror=alert(1)>",
    "null sign": "<scr\x00ipt>alert(1)</scr\x00ipt><a href='java\x00script:alert(1)'>a</a>",
    "never closed": '<img src="x" onerror="alert(1)',
    "in utf-7": "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "processing": "<?xml-stylesheet href='javascript:alert(1)'?><!ENTITY x SYSTEM 'file:///etc/passwd'><![CDATA[<script>alert(1)</script>]]>",
    "conditional comment": "<!--[if gte mso 9]><script>alert(1)</script><![endif]-->",
    "too deep": "<div>" * 50_000 + "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "lone surrogate": "<p>\ud800</p><script>alert(1)</script>",
}

TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)((?: [a-z]+=\"[^\"]*\")*)>")
SHOWN = (
    "a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure"
    " h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong sub sup table"
    " tbody td tfoot th thead time tr tt u ul var wbr"
)
HARMLESS_TAGS = frozenset(SHOWN.split())
HARMLESS = re.compile(
    r'(?:href="(?:https?|mailto|tel):[^"]*"|src="cid:[^"]*"|rel="noopener noreferrer"'
    r"|(?:alt|title|dir|lang|width|height|align|valign|colspan|rowspan|scope|span|start|type|value|border|cellpadding"
    r'|cellspacing|datetime)="[^"]*")'
)


def assert_harmless(html: str) -> None:
    """Every `<` begins one of the known tags, whose attributes are all known."""
    tags = TAG.findall(html)
    assert len(tags) == html.count("<")
    assert {name for _, name, _ in tags} <= HARMLESS_TAGS
    attributes = [one for _, _, them in tags for one in re.findall(r' [a-z]+="[^"]*"', them)]
    assert all(HARMLESS.fullmatch(one.strip()) for one in attributes)
    html.encode("utf-8")


@pytest.mark.parametrize("html", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_is_harmless_afterwards(html: str) -> None:
    clean = sanitised(html)

    assert_harmless(clean)
    assert sanitised(clean) == clean


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([*ATTACKS.values()][:-2]), st.text(max_size=10)), max_size=5).map("".join))
def test_any_mixture_is_harmless_and_cleaning_twice_changes_nothing(html: str) -> None:
    clean = sanitised(html)

    assert_harmless(clean)
    assert sanitised(clean) == clean


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<b>Hola</b> <i>Ana</i>", "<b>Hola</b> <i>Ana</i>"),
        (
            '<a href="https://example.com/x?a=1&amp;b=2" target=_blank>ver</a>',
            '<a href="https://example.com/x?a=1&amp;b=2" rel="noopener noreferrer">ver</a>',
        ),
        ('<a href="mailto:ana@example.net">x</a>', '<a href="mailto:ana@example.net" rel="noopener noreferrer">x</a>'),
        ('<a href="/pedido">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<img src="cid:foto@x" alt="foto" width=10>', '<img src="cid:foto@x" alt="foto" width="10">'),
        ('<img src="https://example.com/logo.png" alt="Acme">', '<img alt="Acme">'),
        ("<form><p>Mi pedido es el <input value=7> 4471</p></form>", "<p>Mi pedido es el  4471</p>"),
        ("<head><title>x</title></head><body bgcolor=red>Hola</body>", "Hola"),
        ("<font color=red>rojo</font><o:p></o:p>", "rojo"),
        ("", ""),
    ],
)
def test_what_a_person_wrote_stays(html: str, clean: str) -> None:
    assert sanitised(html) == clean


HOSTILE = {
    "blocks": "<div>",
    "lists": "<ul><li>",
    "tables": "<table><tr><td>",
    "formats": "<b><i><u><a href=x>",
    "formats and paragraphs": "<font><p>",
    "svg": "<svg><g>",
    "quotes": "<blockquote type=cite>a",
    "closed quotes": "<blockquote type=cite>a</blockquote>b",
    "outlook's heads": '<div style="border-top:solid #E1E1E1 1.0pt">De: a',
    "hidden ends": '<div><p title="</div>">',
    "hidden ends without a quote": '<div><p ="></div>">',
    "ends in comments": "<div><!-- </div> -->",
    "ends behind a wall": "<div><table><td></div>",
    "ends in styles": "<div><style></div></style>",
    "fonts that end around blocks": "<b><i><div></b></p></i>",
    "the same, with ends hidden": '<b><i><div title="</div>"></b></p></i>',
    "items of two kinds": "<li><dd></svg></p>",
    "rows in a drawing": "<svg><tr></form>x",
    "less": "<",
    "comments": "<!--",
    "declarations": "<!x",
    "equal signs": "<p ====",
    "attributes": "<p a=1 ",
    "references": "&lt;",
    "ampersands": "&",
    "breaks": "<br>",
    "words": "a ",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_megabyte_takes_a_moment(piece: str) -> None:
    html = piece * (LARGEST // len(piece))
    began = time.process_time()
    sanitised(html)
    text_of(html)
    without_quotes(html, is_forward=False)

    assert time.process_time() - began < 6 * slowness()


def test_a_heavy_page_keeps_its_words() -> None:
    html = "<title>x</title><style>p{}</style><p>Hola &amp; chau</p><!-- nada --><b>Ana</b>" + "<div>" * 5000 + "fin"

    assert text_of(html).split() == ["Hola", "&", "chau", "Ana", "fin"]
    assert sanitised(html).startswith("Hola &amp; chau")
    assert without_quotes(html, is_forward=False) == (html, None)


def test_a_comment_in_a_style_hides_nothing_behind_it() -> None:
    html = "<style><!--</style>" + "<div>" * 200_000
    began = time.process_time()
    text_of(html)

    assert time.process_time() - began < 3 * slowness()


def test_many_styles_do_not_make_a_page_deep() -> None:
    html = "<style><!-- p {} --></style>" * 2000 + "<p><b>Hola</b></p>"

    assert "<b>Hola</b>" in sanitised(html)


def test_what_stands_before_one_drawing_makes_no_rows_deep() -> None:
    html = "<dd><table><b><tr><svg>" + "<tr></form>x" * 80_000
    began = time.process_time()
    text_of(html)

    assert time.process_time() - began < 3 * slowness()


def test_distinct_formats_in_many_paragraphs_take_a_moment() -> None:
    html = "".join(f"<font size={n}>" for n in range(20_000)) + "<p>x</p>" * 50_000
    began = time.process_time()
    clean = sanitised(html)

    assert len(clean) < 2 * LARGEST
    assert time.process_time() - began < 3 * slowness()


def test_no_more_than_a_megabyte_is_read() -> None:
    assert sanitised("a" * (LARGEST + 5)) == "a" * LARGEST
    assert text_of("a" * (LARGEST + 5)) == "a" * LARGEST


def test_a_long_newsletter_is_not_taken_for_an_attack() -> None:
    row = "<tr><td align=center><!--[if mso]><table><tr><td><![endif]--><span>Oferta <b>única</b></span></td></tr>"
    html = "<table>" * 12 + row * 8000 + "</table>" * 12

    assert "<b>única</b>" in sanitised(html[:LARGEST])
