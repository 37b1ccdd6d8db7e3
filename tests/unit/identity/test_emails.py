"""Mailboxes: one key each, and what keys are not."""

from __future__ import annotations

import pytest

from shared.domain.identity import Invalid, canonical, is_matchable, loose_email


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("Ana.Perez@Example.COM", "ana.perez@example.com"),
        ("  ana@example.com\n", "ana@example.com"),
        ("mailto:ana@example.com", "ana@example.com"),
        ("MAILTO:ana%2Btienda@example.com?subject=Hola%20", "ana+tienda@example.com"),
        ("Ana <ana@example.com>", "ana@example.com"),
        ('"Pérez, Ana" <Ana@example.com>', "ana@example.com"),
        ("<mailto:ana@example.com>", "ana@example.com"),
        ("ana@example.com.", "ana@example.com"),
        ('"ana.perez"@example.com', "ana.perez@example.com"),
        ("ana@correo.españa.example", "ana@correo.xn--espaa-rta.example"),
        ("ana@CORREO.ESPAÑA.example", "ana@correo.xn--espaa-rta.example"),
        ("ana@correo.xn--espaa-rta.example", "ana@correo.xn--espaa-rta.example"),
        ("ana@correo\u3002example", "ana@correo.example"),
        ("ana@straße.example", "ana@xn--strae-oqa.example"),  # IDNA 2008: not strasse
        ("José@example.com", "josé@example.com"),
        ("Jose\u0301@example.com", "josé@example.com"),
        ("ana_p-1@mail_1.example.com", "ana_p-1@mail_1.example.com"),
    ],
)
def test_mailbox_has_one_key(raw: str, key: str) -> None:
    found = canonical("email", raw)
    assert (found.kind, found.value, found.aliases) == ("email", key, ())
    assert canonical("email", key).value == key


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("jose@example.com", "josé@example.com"),
        ("ana+tienda@gmail.com", "ana@gmail.com"),
        ("a.n.a@gmail.com", "ana@gmail.com"),
        ("ana@gmail.com", "ana@googlemail.com"),
        ("ana.perez@example.com", "anaperez@example.com"),
    ],
)
def test_near_spellings_are_other_mailboxes_and_no_aliases(left: str, right: str) -> None:
    one, other = canonical("email", left), canonical("email", right)
    assert one.value != other.value
    assert one.aliases == other.aliases == ()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("ana@example", "needs a dot"),
        ("ana@@example.com", "exactly one @"),
        ("ana", "exactly one @"),
        ("", "exactly one @"),
        ("ana perez@example.com", "before the @"),
        ("ana\u200bp@example.com", "before the @"),
        ("@example.com", "before the @"),
        ("ana@", "needs a dot"),
        ("ana@example..com", "no domain"),
        ("ana@-example.com", "no domain"),
        ("ana@exam ple.com", "no domain"),
        ("ana@192.0.2.1", "no domain"),
        ("ana@[192.0.2.1]", "no domain"),
        ("ana@\u0301españa.example", "no domain"),
        ("ana@" + "ñ" * 70 + ".example", "no domain"),
        ("a" * 300 + "@example.com", "longer"),
        ("ana@\ud800.example", "no domain"),
        ("ana\ud800@example.com", "before the @"),
    ],
)
def test_what_is_no_address_is_refused(raw: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        canonical("email", raw)


@pytest.mark.parametrize(
    ("address", "flags"),
    [
        ("ventas@example.com", ("role", "shared")),
        ("info@example.com", ("role", "shared")),
        ("facturacion@example.com", ("role", "shared")),
        ("facturación@example.com", ("role", "shared")),
        ("recepcion@example.com", ("role", "shared")),
        ("Servicio.al-Cliente@example.com", ("role", "shared")),
        ("soporte+caso1@example.com", ("role", "shared")),
        ("suporte@example.com", ("role", "shared")),
        ("no-reply@example.com", ("no_reply", "shared")),
        ("noreply@example.com", ("no_reply", "shared")),
        ("do_not_reply@example.com", ("no_reply", "shared")),
        ("no.responder@example.com", ("no_reply", "shared")),
        ("nao-responda@example.com", ("no_reply", "shared")),
        ("mailer-daemon@example.com", ("no_reply", "shared")),
        ("ana@example.com", ()),
        ("norma@example.com", ()),
        ("infante@example.com", ()),
        ("ana.ventas@example.com", ()),
    ],
)
def test_desks_and_machines_are_flagged_and_not_matched(address: str, flags: tuple[str, ...]) -> None:
    found = canonical("email", address)
    assert found.flags == flags
    assert is_matchable("email", found.value) is not bool(flags)


SUGGESTED = [
    ("1: a plus-tag at Gmail", "ana+tienda@gmail.com", "ana@gmail.com", True),
    ("1: a plus-tag elsewhere", "ana+tienda@example.com", "ana@example.com", True),
    ("2: dots at Gmail", "a.n.a@gmail.com", "ana@gmail.com", True),
    ("2: dots at a company's domain", "a.n.a@example.com", "ana@example.com", False),
    ("3: Gmail's two names", "ana@gmail.com", "ana@googlemail.com", True),
    ("4: dots elsewhere", "ana.perez@example.com", "anaperez@example.com", False),
    ("José and jose", "josé@example.com", "jose@example.com", False),
    ("nothing but a tag", "+tienda@example.com", "+otra@example.com", False),
]


@pytest.mark.parametrize(("one", "other", "alike"), [r[1:] for r in SUGGESTED], ids=[r[0] for r in SUGGESTED])
def test_pair_row_suggests_a_candidate_and_is_another_mailbox(one: str, other: str, alike: bool) -> None:
    assert (loose_email(canonical("email", one).value) == loose_email(canonical("email", other).value)) is alike
    assert canonical("email", one).value != canonical("email", other).value


ROWS = [
    ("1: capitals", "Ana.Perez@Example.COM", "ana.perez@example.com"),
    ("2: a link", "mailto:ana@example.com", "ana@example.com"),
    ("2: a name", "Ana <ana@example.com>", "ana@example.com"),
    ("2: a dot at the end", "ana@example.com.", "ana@example.com"),
    ("3: a domain with letters", "ana@correo.españa.example", "ana@correo.xn--espaa-rta.example"),
    ("4: composed", "José@example.com", "josé@example.com"),
    ("4: combining", "Jose\u0301@example.com", "josé@example.com"),
]


@pytest.mark.parametrize(("raw", "key"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_key_row(raw: str, key: str) -> None:
    assert canonical("email", raw).value == key


@pytest.mark.parametrize("raw", ["ana@example", "ana@@example.com", "ana perez@example.com"])
def test_key_row_5_is_no_address(raw: str) -> None:
    with pytest.raises(Invalid):
        canonical("email", raw)


@pytest.mark.parametrize("local", ["ventas", "info", "facturacion", "recepcion", "no-reply"])
def test_pair_row_5_desks_and_machines_are_shared(local: str) -> None:
    found = canonical("email", f"{local}@example.com")
    assert "shared" in found.flags
    assert ("no_reply" in found.flags) is (local == "no-reply")
