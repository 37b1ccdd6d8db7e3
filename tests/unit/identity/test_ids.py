"""Business-scoped ids, platform ids, unknown kinds."""

from __future__ import annotations

import pytest

from shared.domain.identity import KINDS, Invalid, canonical, is_matchable


@pytest.mark.parametrize(
    ("raw", "flags"),
    [
        ("EC.1a2b3c", ()),
        ("EC.1000000000000000001", ()),
        ("BR." + "a" * 128, ()),
        ("EC.ENT.1a2b3c", ("parent",)),
        ("EC.ENT", ()),
    ],
)
def test_business_scoped_id_is_kept_as_it_came(raw: str, flags: tuple[str, ...]) -> None:
    found = canonical("whatsapp", f" {raw} ", "EC")
    assert (found.value, found.flags, found.aliases) == (raw, flags, ())


def test_business_scoped_id_is_case_sensitive() -> None:
    assert canonical("whatsapp", "EC.1a2b3c").value != canonical("whatsapp", "EC.1A2B3C").value


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("593991234567", "use kind phone"),
        ("+593991234567", "use kind phone"),
        ("ec.1a2b3c", "two capital letters"),
        ("EC.", "two capital letters"),
        ("EC." + "a" * 129, "two capital letters"),
        ("EC.1a2b-3c", "two capital letters"),
        ("EC.ñ", "two capital letters"),
        ("EC.1a.2b", "two capital letters"),
        ("EC.1a2b3c\nx", "two capital letters"),
        ("", "two capital letters"),
    ],
)
def test_anything_else_is_no_business_scoped_id(raw: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        canonical("whatsapp", raw)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("messenger", " 24000000000000001 ", "24000000000000001"),
        ("instagram", "17841400000000001", "17841400000000001"),
        ("x", "1234567890123456789", "1234567890123456789"),
        ("telegram", "4503599627370495", "4503599627370495"),
        ("linkedin", "urn:li:person:AbC-1", "urn:li:person:AbC-1"),
        ("external", "crm/contact/100", "crm/contact/100"),
    ],
)
def test_platform_id_is_kept_as_it_came(kind: str, raw: str, value: str) -> None:
    assert canonical(kind, raw).value == value
    assert is_matchable(kind, value)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("messenger", "@ana"),
        ("instagram", "ana.p"),
        ("x", "１２３"),
        ("telegram", "45035996273704951"),
        ("messenger", "0"),
        ("external", "null"),
        ("external", "Anonymous"),
        ("external", "-1"),
        ("external", "0000"),
        ("external", " "),
        ("linkedin", "a\nb"),
        ("external", "a" * 513),
    ],
)
def test_handles_and_placeholders_are_no_identity(kind: str, raw: str) -> None:
    with pytest.raises(Invalid) as refused:
        canonical(kind, raw)
    assert raw not in refused.value.reason.split()


def test_unknown_kind_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(Invalid, match="did you mean phone"):
        canonical("phones", "0991234567", "EC")
    with pytest.raises(Invalid, match="kinds: phone, email, whatsapp"):
        canonical("fingerprint", "1")
    assert len(KINDS) == 9
