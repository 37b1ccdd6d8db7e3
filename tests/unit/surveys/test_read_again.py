"""A replay reads the tap of a survey again: no parser knows what it was, so nothing of it is revised."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.event import Choice, Event, Survey
from shared.domain.rereading import as_recorded, differences, objection
from tests.engine.record.bench import said

SURVEY = Survey(kind="csat", scale="csat", case="c", sequence=5, channel="whatsapp", answer=4, value=4)


def read(**more: Any) -> Event:
    return said("t1", "4 · Bien", choice={"id": "survey:token:4", "title": "4 · Bien"}, **more)


def recorded(*flags: str) -> Event:
    changes = {"kind": "survey", "survey": SURVEY, "choice": Choice(id="survey:4", title="4 · Bien")}
    return read().model_copy(update={**changes, "flags": list(flags)})


@pytest.mark.parametrize("flags", [(), ("survey_late",), ("survey_comment",)])
def test_an_answer_is_what_it_was(flags: tuple[str, ...]) -> None:
    assert differences(recorded(*flags), read()) == []
    assert as_recorded(recorded(*flags), read()).choice == Choice(id="survey:4", title="4 · Bien"), "without its token"


def test_a_message_that_is_a_comment_too_stays_one_and_may_be_read_anew() -> None:
    stored = said("w2", "Sigue sin funcionar").model_copy(update={"survey": SURVEY, "flags": ["survey_comment"]})
    assert differences(stored, said("w2", "Sigue sin funcionar")) == []
    assert differences(stored, said("w2", "Sigue sin funcionar 😡")) == ["text"]
    assert objection(stored, said("w2", "Sigue sin funcionar 😡")) is None
