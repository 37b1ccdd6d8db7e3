"""Which case a mail belongs to: what it names decides, and who wrote it; a subject alone never."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.engine.record.mail.conftest import HELP, SALES, ZETA, MailHub, mail

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SES = "0100018c2f-5b1d-4f4e-a0aa-7a2a0f2d4c11-000000"
EVA = "Eva <eva@example.org>"


def test_a_first_mail_opens_a_case_of_whoever_wrote_it(mails: MailHub) -> None:
    outcome = mails.arrive(mail(subject="=?utf-8?q?Pedido_retrasado_=C2=BF=3F?="))
    entry = mails.entry(outcome)
    assert (entry.channel, entry.account, entry.subject) == ("email", HELP, "Pedido retrasado ¿?")
    assert (entry.text, entry.display_name) == ("¿Dónde está mi pedido?", "Ana")
    [identity] = entry.identities
    assert (identity.value, identity.namespace, identity.level) == ("ana@example.net", None, "channel")


def test_an_answer_to_a_mail_that_came_joins_its_case(mails: MailHub) -> None:
    first = mails.arrive(mail("1@example.net"))
    assert mails.arrive(mail("2@example.net", answers="1@example.net", at=HOUR)).case == first.case


@pytest.mark.parametrize("host", ["email.amazonses.com", "eu-west-1.amazonses.com", "SA-EAST-1.AMAZONSES.COM"])
def test_an_answer_to_our_mail_is_known_by_the_name_that_ses_gave_it(mails: MailHub, host: str) -> None:
    first = mails.arrive(mail())
    mails.answer(first.case, SES)
    assert mails.arrive(mail("2@example.net", answers=f"{SES}@{host}", at=HOUR)).case == first.case


def test_the_same_name_at_another_host_is_another_mail(mails: MailHub) -> None:
    first = mails.arrive(mail())
    mails.answer(first.case, SES)
    for host in ("example.com", "notamazonses.com", "amazonses.com.example.org"):
        reply = mail(f"{host}@example.net", answers=f"{SES}@{host}", at=HOUR)
        assert mails.arrive(reply).case != first.case, host


@pytest.mark.parametrize("place", [0, 1, 7, 24], ids=["first", "second", "inside", "last"])
def test_references_of_any_depth_find_the_case(mails: MailHub, place: int) -> None:
    """Somebody answered from another program in between: In-Reply-To names a mail that the hub never saw."""
    first = mails.arrive(mail())
    mails.answer(first.case, SES)
    chain = [f"unseen{number}@example.org" for number in range(25)]
    chain[place] = f"{SES}@email.amazonses.com"
    wanted = place == 0 or place > 5
    reply = mails.arrive(mail("9@example.net", answers="between@example.org", references=chain, at=HOUR))
    assert (reply.case == first.case) is wanted, "the newest of a long chain, and the first"


def test_the_nearest_of_two_cases_in_the_references(mails: MailHub) -> None:
    old = mails.arrive(mail("1@example.net"))
    new = mails.arrive(mail("2@example.net", subject="Otra cosa", at=HOUR))
    names = ["1@example.net", "2@example.net"]
    assert mails.arrive(mail("3@example.net", references=names, at=2 * HOUR)).case == new.case
    assert mails.arrive(mail("4@example.net", answers="1@example.net", references=names, at=3 * HOUR)).case == old.case


@pytest.mark.parametrize("nothing", ["", " ", "@"])
def test_an_empty_name_is_nobodys(mails: MailHub, nothing: str) -> None:
    unnamed = mails.arrive(mail(None))
    other = mails.arrive(mail("2@example.net", sender=EVA, answers=nothing, references=[nothing], at=HOUR))
    assert other.case != unnamed.case


def test_a_token_in_the_envelope_leads_to_its_case(mails: MailHub) -> None:
    first = mails.arrive(mail())
    local, domain = HELP.split("@")
    tagged = f"{local}+{mails.token(first.case)}@{domain}"
    assert mails.arrive(mail("2@example.net", at=HOUR), [tagged]).case == first.case
    assert mails.arrive(mail("3@example.net", at=HOUR), [tagged.upper()]).case == first.case


@pytest.mark.parametrize("header", ["Delivered_To", "X_Original_To"])
def test_a_token_behind_a_relay_leads_to_its_case(mails: MailHub, header: str) -> None:
    first = mails.arrive(mail())
    tagged = f"ayuda+{mails.token(first.case)}@acme.example.com"
    again = mails.arrive(mail("2@example.net", at=HOUR, **{header: tagged}), ["relay@acme.example.com"])
    assert again.case == first.case


def test_a_token_that_nobody_signed_leads_nowhere(mails: MailHub) -> None:
    first = mails.arrive(mail())
    token = mails.token(first.case)
    forged = token[:-2] + ("aa" if token[-2:] != "aa" else "ba")
    assert mails.arrive(mail("2@example.net", at=HOUR), [f"ayuda+{forged}@acme.example.com"]).case != first.case


def test_whoever_has_the_address_of_a_case_joins_it_as_a_stranger(mails: MailHub) -> None:
    first = mails.arrive(mail())
    tagged = f"ayuda+{mails.token(first.case)}@acme.example.com"
    other = mails.arrive(mail("2@example.org", sender=EVA, at=HOUR), [tagged])
    assert other.case == first.case
    assert "external_participant" in mails.entry(other).flags
    assert mails.arrive(mail("3@example.org", sender=EVA, subject="Lo mío", at=2 * HOUR)).case != first.case


def test_a_reference_in_the_subject_is_for_who_takes_part(mails: MailHub) -> None:
    first = mails.arrive(mail())
    subject = f"Sobre mi caso [{mails.reference(first.case)}]"
    assert mails.arrive(mail("2@example.net", subject=subject, at=HOUR)).case == first.case
    stranger = mails.arrive(mail("3@example.org", sender=EVA, subject=subject, at=HOUR))
    assert stranger.case != first.case
    assert "foreign_ref" in mails.entry(stranger).flags


def test_a_reference_with_a_wrong_check_character_is_plain_text(mails: MailHub) -> None:
    first = mails.arrive(mail())
    reference = mails.reference(first.case)
    wrong = reference[:-1] + ("A" if reference[-1] != "A" else "C")
    other = mails.arrive(mail("2@example.net", subject=f"[{wrong}]", at=HOUR))
    assert other.case != first.case
    assert "foreign_ref" not in mails.entry(other).flags


def test_the_same_subject_is_no_thread(mails: MailHub) -> None:
    first = mails.arrive(mail())
    assert mails.arrive(mail("2@example.net", subject="Re: Mi pedido", at=HOUR)).case != first.case


def test_an_answer_from_another_address_is_a_strangers(mails: MailHub) -> None:
    first = mails.arrive(mail())
    mails.answer(first.case, SES)
    reply = mail("2@example.org", sender="Ana <ana@work.example.org>", answers=f"{SES}@email.amazonses.com", at=HOUR)
    other = mails.arrive(reply)
    assert other.case == first.case
    assert "external_participant" in mails.entry(other).flags


def test_several_people_answer_one_mail(mails: MailHub) -> None:
    first = mails.arrive(mail(Cc="eva@example.org, luis@example.org"))
    for number, sender in enumerate((EVA, "Luis <luis@example.org>"), 2):
        joined = mails.arrive(mail(f"{number}@example.org", sender=sender, answers="1@example.net", at=HOUR))
        assert joined.case == first.case
        assert "external_participant" in mails.entry(joined).flags
    back = mails.arrive(mail("5@example.net", answers="3@example.org", at=2 * HOUR))
    assert back.case == first.case
    assert "external_participant" not in mails.entry(back).flags


def test_a_forward_by_somebody_else_joins_without_becoming_theirs(mails: MailHub) -> None:
    first = mails.arrive(mail())
    text = "Miren esto\n\n---------- Forwarded message ---------\nDe: Ana <ana@example.net>\n\nMi pedido no llega"
    forward = mail("2@example.org", text, sender=EVA, subject="RV: Mi pedido", references=["1@example.net"], at=HOUR)
    joined = mails.arrive(forward)
    entry = mails.entry(joined)
    assert joined.case == first.case
    assert "external_participant" in entry.flags
    assert entry.forwarded
    assert "Mi pedido no llega" in (entry.text or "")


@pytest.mark.parametrize(("days", "reopens"), [(9, True), (20, False)])
def test_a_resolved_case_takes_an_answer_for_two_weeks(mails: MailHub, days: int, reopens: bool) -> None:
    first = mails.arrive(mail())
    mails.answer(first.case, SES)
    mails.set_case(first.case, state="resolved", resolved_at="2026-11-22T10:00:00Z")
    later = mails.arrive(
        mail("2@example.net", answers=f"{SES}@email.amazonses.com", at=days * DAY), at=days * DAY + HOUR
    )
    assert (later.case == first.case) is reopens
    if not reopens:
        assert mails.case(later.case)["follow_up_of"] == first.case


def test_a_mail_without_a_name_does_not_reopen(mails: MailHub) -> None:
    first = mails.arrive(mail())
    mails.set_case(first.case, state="resolved", resolved_at="2026-11-22T10:00:00Z")
    assert mails.arrive(mail("2@example.net", at=HOUR)).case != first.case


def test_another_brands_case_is_out_of_reach(mails: MailHub) -> None:
    first = mails.arrive(mail())
    other = mails.arrive(mail("2@example.net", to=ZETA, answers="1@example.net", at=HOUR), [ZETA])
    assert other.case != first.case
    assert mails.case(other.case)["brand"] == "zeta"


def test_the_nearest_case_of_this_brand_is_taken(mails: MailHub) -> None:
    ours = mails.arrive(mail("1@example.net"))
    mails.arrive(mail("2@example.net", to=ZETA), [ZETA])
    names = ["1@example.net", "2@example.net"]
    assert mails.arrive(mail("3@example.net", references=names, at=HOUR)).case == ours.case


def test_the_other_mailbox_of_a_brand_continues_the_thread(mails: MailHub) -> None:
    first = mails.arrive(mail())
    again = mails.arrive(mail("2@example.net", to=SALES, answers="1@example.net", at=HOUR), [SALES])
    assert again.case == first.case


def test_an_order_number_joins_where_names_do_not(mails: MailHub) -> None:
    first = mails.arrive(mail(subject="Pedido 4471"))
    assert mails.arrive(mail("2@example.net", "¿Y?", subject="pedido 4471", at=HOUR)).case == first.case
