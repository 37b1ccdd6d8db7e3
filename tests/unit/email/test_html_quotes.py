"""HTML without its quotes, and the text in HTML."""

from __future__ import annotations

import pytest

from shared.channels.email.html import text_of, without_quotes

HEAD = "<b>De:</b> Soporte<br><b>Enviado:</b> lunes<br><b>Asunto:</b> Pedido"
QUOTED = {
    "gmail": '<div dir="ltr">Sí</div><br><div class="gmail_quote"><div class="gmail_attr">El lun escribió:<br></div>'
    '<blockquote class="gmail_quote">Hola</blockquote></div>',
    "gmail, newer": '<div>Sí</div><div class="gmail_quote gmail_quote_container"><blockquote>Hola</blockquote></div>',
    "gmail, bare": '<p>Sí</p><blockquote class="gmail_quote">Hola</blockquote>',
    "apple": '<div>Sí<br><blockquote type="cite"><div>El 16 nov escribió:</div><div>Hola</div></blockquote></div>',
    "thunderbird": '<p>Sí</p><div class="moz-cite-prefix">El 16/11<br></div><blockquote type="cite">Hola</blockquote>',
    "outlook web": f'<div>Sí</div><hr><div id="divRplyFwdMsg">{HEAD}</div><div>Hola</div>',
    "outlook web, newer": f'<div>Sí</div><div id="appendonsend"></div><hr><div id="x">{HEAD}</div><div>Hola</div>',
    "outlook for mac": f'<div>Sí</div><span id="OLK_SRC_BODY_SECTION">{HEAD}<div>Hola</div></span>',
    "outlook mobile": f'<div>Sí</div><div id="mail-editor-reference-message-container">{HEAD}<div>Hola</div></div>',
    "outlook": '<p class="MsoNormal">Sí</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt">'
    f'<p class="MsoNormal">{HEAD}</p></div></div><p class="MsoNormal">Hola</p>',
    "outlook, older": f'<p>Sí</p><div style="border-top:solid #B5C4DF 1.0pt"><p>{HEAD}</p></div><p>Hola</p>',
    "outlook, English": '<p>Sí</p><div style="border-top:solid #E1E1E1 1.0pt"><b>From:</b> Support</div><p>Hola</p>',
    "yahoo": '<div>Sí</div><div id="yahoo_quoted_123" class="yahoo_quoted"><div>El lunes escribió:</div>Hola</div>',
    "yahoo, marked": '<div>Sí</div><div class="ydpyahoo_quoted"><div>El lunes escribió:</div>Hola</div>',
    "proton": '<div>Sí</div><div class="protonmail_quote">El lunes:<blockquote type="cite">Hola</blockquote></div>',
}


@pytest.mark.parametrize("html", QUOTED.values(), ids=QUOTED.keys())
def test_the_quote_and_all_that_follows_it_is_cut(html: str) -> None:
    visible, quoted = without_quotes(html, is_forward=False)

    assert text_of(visible) == "Sí"
    assert quoted is not None
    assert "Hola" in text_of(quoted)


@pytest.mark.parametrize("html", QUOTED.values(), ids=QUOTED.keys())
def test_a_forward_keeps_it(html: str) -> None:
    assert without_quotes(html, is_forward=True) == (html, None)


FORWARD = "---------- Mensaje reenviado ---------<br>De: Luis<br>Hola"
KEPT = {
    "gmail forwards": f'<div>Vean</div><div class="gmail_quote"><div class="gmail_attr">{FORWARD}</div>Hola</div>',
    "gmail forwards, Portuguese": '<p>a</p><div class="gmail_quote">----- Mensagem encaminhada -----<br>b</div>',
    "gmail forwards, English": '<p>a</p><div class="gmail_quote">---------- Forwarded message ---------<br>b</div>',
    "thunderbird forwards": '<p>a</p><div class="moz-forward-container">b<blockquote type="cite">c</blockquote></div>',
    "answers in between": '<div>Hola</div><div class="gmail_quote">El lun escribió:<blockquote>¿Nombre?</blockquote>Ana'
    "<blockquote>¿Calle?</blockquote>Quito</div>",
    "answers in a quote that was split": '<p>Hola</p><blockquote type="cite">¿Nombre?</blockquote><p>Ana</p>'
    '<blockquote type="cite">¿Calle?</blockquote><p>Quito</p>',
    "answers in red": f'<p>Respondo abajo en rojo.</p><div id="divRplyFwdMsg">{HEAD}</div><p>Nombre: Ana</p>',
    "quote alone": '<div class="gmail_quote">El lun escribió:<blockquote>Hola</blockquote></div>',
    "indented by hand": '<p>Dice:</p><blockquote style="margin-left:40px">no hay</blockquote><p>y no acepto</p>',
    "a box with a line": '<p>Sí</p><div style="border-top:solid #E1E1E1 1.0pt"><p>Total: 5</p></div><p>Gracias</p>',
    "nothing": "",
}


@pytest.mark.parametrize("html", KEPT.values(), ids=KEPT.keys())
def test_what_a_person_may_have_written_stays(html: str) -> None:
    assert without_quotes(html, is_forward=False) == (html, None)


def test_a_signature_below_the_quote_goes_with_it() -> None:
    html = '<p>Sí</p><div class="gmail_quote"><blockquote>Hola</blockquote></div><div class="gmail_signature">Ana</div>'

    assert text_of(without_quotes(html, is_forward=False)[0]) == "Sí"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hola&nbsp;Ana</p><p>Adi&oacute;s</p>", "Hola Ana\n\nAdiós"),
        ("<div>uno</div><div>dos</div>", "uno\ndos"),
        ("<div>uno</div><div><br></div><div>dos</div>", "uno\n\ndos"),
        ('<p class="MsoNormal">uno</p><p class="MsoNormal">dos</p>', "uno\ndos"),
        ("uno<br>dos<br/>tres", "uno\ndos\ntres"),
        ("a  \n  b\t c", "a b c"),
        ("<b>Ho</b>la <i>A</i>na", "Hola Ana"),
        ("<pre>a  b\n  c</pre>", "a  b\nc"),
        ("<ul><li>uno</li><li>dos</li></ul>", "- uno\n- dos"),
        ("<ol><li>uno<li>dos</ol>", "1. uno\n2. dos"),
        ("<ol><li>uno<ul><li>a</ul><li>dos</ol>", "1. uno\n- a\n2. dos"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><th>c<th>d</table>", "a\tb\nc\td"),
        ('<a href="https://example.com/x">ver</a>', "ver <https://example.com/x>"),
        ('<a href="https://www.example.com/">example.com</a>', "example.com"),
        ('<a href="mailto:ana@example.net">ana@example.net</a>', "ana@example.net"),
        ('<a href="mailto:ana@example.net">Ana</a>', "Ana <mailto:ana@example.net>"),
        ('<a href="javascript:alert(1)">ver</a>', "ver"),
        ('<a href="https://example.com/x"><img src="cid:x"></a>', ""),
        ("<style>p{}</style><script>x</script><title>t</title>Hola<!-- x -->", "Hola"),
        ("<p></p><p> </p><p>&nbsp;</p>Hola<p></p><p></p><p></p>Ana", "Hola\n\nAna"),
        ("pa\u200bgo\u200e de\ufeff 5\u202e0", "pago de 50"),
        ("&#8203;a&zwnj;b&shy;c", "abc"),
        ("👩\u200d👧 y a\u200db", "👩\u200d👧 y ab"),
        ('<img alt="😀" src="https://example.com/1f600.png"> ok', "😀 ok"),
        ('<img alt="Logo" src="https://example.com/x.png">ok', "ok"),
        ("a\x00\x07b", "ab"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("\ud800", "\ufffd"),
        ("", ""),
    ],
)
def test_the_text_is_what_a_person_reads(html: str, text: str) -> None:
    assert text_of(html) == text
