"""Names that come from outside compute nothing in a spreadsheet."""

from __future__ import annotations

import pytest

from shared.domain.spreadsheet import harmless


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ventas", "ventas"),
        ("-", "-"),
        ("", ""),
        ("línea 2-B + ñ", "línea 2-B + ñ"),
        ('=HYPERLINK("http://x.example")', '\'=HYPERLINK("http://x.example")'),
        ("+1", "'+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("  =1", "'  =1"),
        ("a;=1", "a;'=1"),
        ("a; -1;b", "a;' -1;b"),
        ("a\n=1", "a\n'=1"),
        ("a,@b", "a,'@b"),
        ("＝1", "'＝1"),
        ("販売；=1", "販売；=1"),
    ],
)
def test_a_name(name: str, shown: str) -> None:
    assert harmless(name) == shown


@pytest.mark.parametrize("value", [-1, -1.5, None, True])
def test_what_is_no_text_stays(value: object) -> None:
    assert harmless(value) is value
