"""The end of a run in a form in which two runs can be compared: ids by what they stand for, moments by their stage."""

from __future__ import annotations

import json
import re
import zlib
from datetime import datetime
from typing import Any

from shared.ports.table import Item
from tests.engine.record.bench import START
from tests.property.whole_hub import STAGE_S, WholeHub

VOLATILE = frozenset({"due_pk", "due_sk", "attempts", "cases_pk", "cases_sk"})
"""What says when something is looked at, how often it was tried, and in which part of an index it is listed."""

MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def canonical(hub: WholeHub) -> list[str]:
    """Everything in table, files and tool. Nothing may be under way, and nothing be created twice."""
    names = _names(hub)

    def plain(value: Any) -> str:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=_unpacked)
        for made, name in names:
            text = text.replace(made, name)
        return MOMENT.sub(_stage, text)

    lines = [plain({name: held for name, held in item.items() if name not in VOLATILE}) for item in hub.everything()]
    lines += [plain(["contact", *held]) for held in hub.tool.contacts.items()]
    lines += [plain(["ticket", *held]) for held in hub.tool.tickets.items()]
    lines += [plain(["file", key]) for key in hub.files.list("")]
    lines += [f"doubled {plain(one)}" for one in hub.tool.doubled]
    lines += [f"{queue}: {depth}" for queue, depth in hub.queues.depths().items() if depth.waiting + depth.in_flight]
    return sorted(lines)


def _unpacked(content: bytes) -> str:
    return zlib.decompress(content).decode()


def _stage(moment: re.Match[str]) -> str:
    return f"stage {(datetime.fromisoformat(moment[0]) - START).total_seconds() // STAGE_S:.0f}"


def _names(hub: WholeHub) -> list[tuple[str, str]]:
    """Ids and references with names made of what they stand for: a customer's identities, a case's messages. Ids
    that have others in them come first."""
    names = {profile["id"]: _customer(profile) for profile in hub.found("CUS#", "PROFILE")}
    for case in hub.found("CAS#", "CASE"):
        log = (item["message_key"] for item in hub.found(case["pk"], "ENT#"))
        name = f"case({','.join(key for key in log if case['id'] not in key)})"
        names |= {case["id"]: name, case["reference"]: f"reference of {name}"}
    for record in hub.found("CUS#", "MRG#"):
        names[record["id"]] = f"merge({names[record['survivor']]}, {names[record['loser']]})"
    return sorted(names.items(), key=lambda each: -len(each[0]))


def _customer(profile: Item) -> str:
    since = sorted(f"{one['kind']}:{one['value']}:{one['event'][:6]}" for one in profile["identities"])
    return f"customer({','.join(since)})"
