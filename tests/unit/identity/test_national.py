"""National ids: every row of identity.md §4, with its constructed examples."""

from __future__ import annotations

import pytest

from shared.domain.identity import Invalid
from shared.domain.identity.national import CHECKED, National, national_digest, national_id

VALID = [
    ("EC cédula", "EC-cedula", "170000000-1", National("EC-cedula", "1700000001")),
    ("EC RUC of a natural person is the cédula", "EC-RUC", "1700000001001", National("EC-cedula", "1700000001")),
    ("EC RUC of a company", "EC-RUC", "1790000001001", National("EC-RUC", "1790000001001", unconfirmed=True)),
    ("EC RUC of a public body", "EC-RUC", "1760000009001", National("EC-RUC", "1760000009001", unconfirmed=True)),
    ("BR CPF", "BR-CPF", "123.456.789-09", National("BR-CPF", "12345678909")),
    ("BR CNPJ with letters", "BR-CNPJ", "12.ABC.345/01DE-35", National("BR-CNPJ", "12ABC34501DE35")),
    ("MX RFC", "MX-RFC", "pexa800101ab1", National("MX-RFC", "PEXA800101AB1", unconfirmed=True)),
    ("MX CURP", "MX-CURP", "PEXA800101MDFRNN09", National("MX-CURP", "PEXA800101MDFRNN09", unconfirmed=True)),
    ("one that only a company configured", "PE-DNI", "12345678", National("PE-DNI", "12345678", unconfirmed=True)),
]


@pytest.mark.parametrize(("type_", "raw", "expected"), [row[1:] for row in VALID], ids=[row[0] for row in VALID])
def test_valid(type_: str, raw: str, expected: National) -> None:
    assert national_id(type_, raw) == expected


INVALID = [
    ("EC cédula, check digit", "EC-cedula", "1700000002", "check digit"),
    ("EC cédula, province", "EC-cedula", "2500000009", "province"),
    ("EC cédula, length", "EC-cedula", "170000001", "10 digits"),
    ("EC RUC, person's check digit", "EC-RUC", "1700000002001", "check digit"),
    ("EC RUC without establishment", "EC-RUC", "1700000001000", "establishment"),
    ("EC RUC, length", "EC-RUC", "1700000001", "13 digits"),
    ("BR CPF, all equal", "BR-CPF", "111.111.111-11", "check digits"),
    ("BR CPF, check digits", "BR-CPF", "123.456.789-00", "check digits"),
    ("BR CPF, length", "BR-CPF", "123", "11 digits"),
    ("BR CNPJ, check digits", "BR-CNPJ", "12ABC34501DE36", "check digits"),
    ("BR CNPJ, letters for check digits", "BR-CNPJ", "12ABC34501DEAB", "two check digits"),
    ("BR CNPJ, all equal", "BR-CNPJ", "0" * 14, "check digits"),
    ("MX RFC, shape", "MX-RFC", "123", "shape"),
    ("empty", "PE-DNI", " - ", "letters and digits"),
    ("a sentence", "PE-DNI", "¿mi cédula?", "letters and digits"),
]


@pytest.mark.parametrize(("type_", "raw", "reason"), [row[1:] for row in INVALID], ids=[row[0] for row in INVALID])
def test_invalid(type_: str, raw: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as refused:
        national_id(type_, raw)
    assert raw not in refused.value.reason or not raw.strip(" -")


def test_a_cedula_of_each_province_and_of_abroad() -> None:
    assert national_id("EC-cedula", "0900000001").value == "0900000001"
    assert national_id("EC-cedula", "3000000004").value == "3000000004"


def test_the_mask_shows_two_digits_at_either_end() -> None:
    assert national_id("EC-cedula", "1700000001").mask == "17••••••01"
    assert National("PE-DNI", "12345678").mask == "12••••78"
    assert National("PE-DNI", "1234567").mask == "•••••••", "too short to show any of it"


KEY = bytes(range(32))


def test_a_person_is_found_by_cedula_and_ruc_alike_and_only_with_the_key() -> None:
    cedula = national_digest(KEY, national_id("EC-cedula", "1700000001"))
    assert national_digest(KEY, national_id("EC-RUC", "1700000001001")) == cedula
    assert national_digest(KEY[::-1], national_id("EC-cedula", "1700000001")) != cedula
    assert national_digest(KEY, National("EC-RUC", "1700000001")) != cedula
    assert "1700000001" not in cedula


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        national_digest(b"short", national_id("EC-cedula", "1700000001"))
    assert set(CHECKED) == {"EC-cedula", "EC-RUC", "BR-CPF", "BR-CNPJ", "MX-RFC", "MX-CURP"}
