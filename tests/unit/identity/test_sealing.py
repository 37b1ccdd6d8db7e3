"""Short texts kept encrypted: what opens, what does not, and what a fault says."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.domain.identity.sealing import Unopened, about, is_sealed_by, seal, sealing_keys, unseal

OLD, NEW = b"o" * 32, b"n" * 32
NONCE = bytes(range(12))
ANA = about("national_id", "EC-cedula", "c-1")
NUMBER = "1700000001"


def text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_what_is_sealed_opens_for_the_same_customer() -> None:
    sealed = seal(NEW, NUMBER, ANA, NONCE)
    assert unseal((NEW,), sealed, ANA) == NUMBER
    assert NUMBER not in sealed
    assert base64.b64encode(NUMBER.encode()).decode().rstrip("=") not in sealed


def test_it_is_plain_aes_256_gcm() -> None:
    """Whoever has the key, the table and no hub can open it."""
    version, _, data = seal(NEW, NUMBER, ANA, NONCE).split(".")
    raw = base64.urlsafe_b64decode(data)
    assert (version, raw[:12]) == ("1", NONCE)
    bound = json.dumps(["national_id", "EC-cedula", "c-1"]).encode()
    assert AESGCM(NEW).decrypt(raw[:12], raw[12:], bound) == NUMBER.encode()


@pytest.mark.parametrize(
    "elsewhere",
    [
        about("national_id", "EC-cedula", "c-2"),
        about("national_id", "EC-RUC", "c-1"),
        about("phone", "EC-cedula", "c-1"),
        about("national_id", 'EC-cedula", "c-1', ""),
    ],
)
def test_moved_elsewhere_it_does_not_open(elsewhere: bytes) -> None:
    with pytest.raises(Unopened, match="belongs to somebody else"):
        unseal((NEW,), seal(NEW, NUMBER, ANA, NONCE), elsewhere)


def test_a_changed_byte_anywhere_and_it_does_not_open() -> None:
    head, _, data = seal(NEW, NUMBER, ANA, NONCE).rpartition(".")
    raw = base64.urlsafe_b64decode(data)
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(Unopened):
            unseal((NEW,), f"{head}.{base64.urlsafe_b64encode(changed).decode()}", ANA)


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_cut_off_it_does_not_open(cut: int) -> None:
    with pytest.raises(Unopened):
        unseal((NEW,), seal(NEW, NUMBER, ANA, NONCE)[:cut], ANA)


def test_an_older_key_opens_and_the_newest_is_known() -> None:
    before = seal(OLD, NUMBER, ANA, NONCE)
    assert unseal((NEW, OLD), before, ANA) == NUMBER
    assert is_sealed_by(OLD, before)
    assert not is_sealed_by(NEW, before)
    with pytest.raises(Unopened, match="key is not among"):
        unseal((NEW,), before, ANA)


def test_keys_are_read_in_their_order() -> None:
    assert sealing_keys([text(NEW), text(OLD)]) == (NEW, OLD)


@pytest.mark.parametrize(
    "listed",
    [
        None,
        [],
        text(NEW),
        {"a": 1},
        [1],
        [""],
        [text(b"k" * 31)],
        [text(b"k" * 16)],
        ["n" * 32],
        ["ñ" * 44],
        ["*" * 44],
    ],
)
def test_what_is_no_list_of_keys_is_refused_unrepeated(listed: Any) -> None:
    with pytest.raises(ValueError, match=r"list of keys|32 bytes") as refused:
        sealing_keys(listed)
    assert "nnnn" not in str(refused.value)
    assert refused.value.__cause__ is None
