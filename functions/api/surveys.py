"""A survey's page: looking records nothing (programs open links), sending does. Who has the link may answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from functions.api import survey_page
from functions.api.question import MAX_BODY
from shared.application.inquire_errors import BadQuestion
from shared.application.record.survey_answer import Found, survey_of
from shared.application.record.survey_by_page import answer_by_page, stop_surveys
from shared.domain.answer import Language
from shared.domain.event import printable
from shared.domain.surveys.rules import MOST_ANSWERS
from shared.domain.surveys.scales import SCALES
from shared.domain.surveys.texts import language_asked
from shared.domain.undelivered import language_of
from shared.store.views import event_of

if TYPE_CHECKING:
    from functions.api.answers import Answer
    from functions.api.question import Question
    from shared.application.record import Context

MAX_FIELDS: Final = 8
_ONCE: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_UNWANTED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def show(context: Context, token: str, new_id: Callable[[], str]) -> Answer:
    """The page. 2 RCU."""
    found = survey_of(context, token)
    return _page(context, found, token, new_id(), _notes(context, found)) if found else survey_page.unknown()


def take(context: Context, token: str, question: Question, new_id: Callable[[], str]) -> Answer:
    """An answer that was sent. Cost of recording it, and 2 RCU. Raises `BadQuestion` for what no page of ours sends."""
    found = survey_of(context, token)
    if found is None:
        return survey_page.unknown()
    said = _fields(question.body)
    answer = said.get("answer", "")
    if not (
        answer.isascii() and answer.isdigit() and len(answer) <= 2 and int(answer) in SCALES[found.survey.scale].counts
    ):
        return _page(context, found, token, new_id(), ("choose",), role="alert", status=400)
    if not _may_answer(context, found):
        return _page(context, found, token, new_id(), ("fixed",), role="alert")
    once = said.get("once", "")
    comment = _UNWANTED.sub("", printable(said.get("comment", ""))).strip()[: survey_page.LONGEST_COMMENT]
    counted = found.is_in_time(_now(context))
    answer_by_page(context, token, int(answer), comment, once if _ONCE.fullmatch(once) else new_id())
    return _page(context, found, token, new_id(), ("thanks", "change") if counted else ("late",), role="status")


def stop(context: Context, token: str, *, done: bool) -> Answer:
    """No more surveys: asked by a page, done by what it sends, or by a mail program's one click (RFC 8058)."""
    found = survey_of(context, token)
    if found is None:
        return survey_page.unknown()
    if done:
        stop_surveys(context, found, token)
    return survey_page.stop_page(_language(context, found), done=done)


def _page(
    context: Context,
    found: Found,
    token: str,
    once: str,
    notes: tuple[str, ...],
    *,
    role: str | None = None,
    status: int = 200,
) -> Answer:
    event = event_of(found.entry)
    account = context.config.account(event.channel, event.account)
    return survey_page.page(
        language=_language(context, found),
        company=account.display_name if account else None,
        question=event.text or "",
        scale=SCALES[found.survey.scale],
        token=token,
        once=once,
        notes=notes,
        role=role,
        with_form="fixed" not in notes,
        status=status,
    )


def _notes(context: Context, found: Found) -> tuple[str, ...]:
    if not _may_answer(context, found):
        return ("fixed",)
    if found.first_at is not None:
        return ("answered", "change")
    return () if found.is_in_time(_now(context)) else ("late",)


def _may_answer(context: Context, found: Found) -> bool:
    """Not after a day since the first answer, nor endlessly. What comes after the survey's end is kept, once it is
    sent."""
    if int(found.state.get("answers", 0)) >= MOST_ANSWERS:
        return False
    return found.first_at is None or found.is_in_time(_now(context))


def _now(context: Context) -> datetime:
    return datetime.fromtimestamp(int(context.clock()), UTC)


def _language(context: Context, found: Found) -> Language:
    """That in which it was asked."""
    asked = language_asked(found.survey.kind, event_of(found.entry).text)
    return asked or language_of(list(context.config.brand(found.case["brand"]).languages))


def _fields(body: str) -> dict[str, str]:
    """What a form sent, the last of each name."""
    if len(body) > MAX_BODY:
        raise BadQuestion(f"body: larger than {MAX_BODY} bytes")
    try:
        said = parse_qs(body, max_num_fields=MAX_FIELDS, errors="replace")
    except ValueError as fault:
        raise BadQuestion("body: not what the page sends") from fault
    return {name: values[-1] for name, values in said.items()}
