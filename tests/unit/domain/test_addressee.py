"""Who an answer is for."""

from __future__ import annotations

import pytest

from shared.domain.addressee import Addressee, Said, addressee

ANA, ANA_MAIL, WALL = "CNV#whatsapp#1#phone", "CNV#email#2#mail", "CNV#instagram#3#ana#post"
LOG = (
    Said(9, ANA, "wamid.9"),
    Said(7, ANA_MAIL, "mail.7"),
    Said(5, "CNV#email#2#stranger", "mail.5", external=True),
    Said(4, WALL, "comment.4", public=True),
    Said(2, ANA, "wamid.2"),
)


@pytest.mark.parametrize(
    ("named", "seen", "expected"),
    [
        pytest.param(None, 9, Addressee(ANA), id="the newest that the tool had been given"),
        pytest.param(None, 20, Addressee(ANA), id="what the tool was given besides does not matter"),
        pytest.param(None, 8, Addressee(ANA_MAIL), id="what came while the agent wrote does not turn the answer away"),
        pytest.param(None, 6, Addressee(None, nowhere="public_thread"), id="never to a public thread"),
        pytest.param(None, 3, Addressee(ANA), id="before the comment"),
        pytest.param(None, 1, Addressee(ANA), id="the tool had been given nothing: to who opened the case"),
        pytest.param("wamid.2", 9, Addressee(ANA, in_reply_to="wamid.2"), id="the message it names"),
        pytest.param("mail.7", 9, Addressee(ANA_MAIL, in_reply_to="mail.7"), id="named on another channel"),
        pytest.param("comment.4", 9, Addressee(None, nowhere="public_thread"), id="named, but public"),
        pytest.param("mail.5", 9, Addressee(None, nowhere="external_participant"), id="named, but from outside"),
        pytest.param("wamid.77", 9, Addressee(None, nowhere="unknown_message"), id="named, and not in this case"),
    ],
)
def test_addressee(named: str | None, seen: int, expected: Addressee) -> None:
    assert addressee(named, seen, LOG) == expected


@pytest.mark.parametrize("seen", [-1, 0])
def test_a_case_that_continues_another(seen: int) -> None:
    """What opened it counts, given to the tool or not; then what was said before it."""
    before = Said(0, ANA_MAIL, "mail.7")
    assert addressee(None, seen, (Said(3, WALL, "x", public=True), Said(1, ANA, "wamid.1"), before)) == Addressee(ANA)
    assert addressee(None, seen, (before,)) == Addressee(ANA_MAIL)


def test_where_no_customer_said_anything_it_goes_nowhere() -> None:
    assert addressee(None, 9, ()) == Addressee(None, nowhere="nobody_wrote")


def test_somebody_from_outside_is_passed_over() -> None:
    log = (Said(5, "CNV#email#2#stranger", "mail.5", external=True), Said(2, ANA, "wamid.2"))
    assert addressee(None, 9, log) == Addressee(ANA)


def test_public_words_that_may_be_answered_in_private_are() -> None:
    said = Said(4, WALL, "comment.4", public=True, has_private_way=True)
    assert addressee(None, 9, (said, *LOG[4:])) == Addressee(WALL, comment="comment.4")
    assert addressee("comment.4", 9, (said,)) == Addressee(WALL, in_reply_to="comment.4", comment="comment.4")
    later = Said(6, ANA, "m.6")
    assert addressee(None, 9, (later, said)) == Addressee(ANA), "what they wrote in private since goes first"
    outside = Said(4, WALL, "comment.4", public=True, external=True, has_private_way=True)
    assert addressee("comment.4", 9, (outside,)) == Addressee(None, nowhere="external_participant")
