"""Where the token of a survey is, once somebody has answered with it."""

from __future__ import annotations

import json
import zlib

from shared.application import inquire_cases
from shared.application.record.survey_by_page import answer_by_page
from shared.domain.surveys.token import Asked, make_token
from tests.engine.surveys.bench import KEY, MINUTE, MORNING, AskingHub, asked_case


def test_nothing_but_the_original_of_a_tap_has_it(hub: AskingHub) -> None:
    case = asked_case(hub)
    token = make_token(Asked(case, hub.asked(case).sequence), KEY)
    hub.tap(hub.asked(case), 4, "t1", MORNING + 30 * MINUTE)
    answer_by_page(hub.context, token, 5, "", "once")
    entries = hub.table.table.query(f"CAS#{case}", "ENT#").items
    originals = [zlib.decompress(bytes(one["raw"])).decode() for one in entries if "raw" in one]
    assert any(token in original for original in originals), "kept as it came, for replays"
    beside = [{name: value for name, value in one.items() if name != "raw"} for one in entries]
    assert token not in json.dumps(beside, default=str)
    shown = inquire_cases.case(hub.table, case), inquire_cases.case_log(hub.table, case)
    assert token not in json.dumps(shown)
