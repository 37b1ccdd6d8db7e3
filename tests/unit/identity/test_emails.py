"""Mailboxes: one key each, and what keys are not."""

from __future__ import annotations

import pytest

from shared.domain.identity import Invalid, canonical, is_matchable


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
