"""Many events at once: which belong to one case."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from operator import itemgetter

from shared.domain.figures.model import UNKNOWN, CaseHistory, KpiEvent
from shared.domain.figures.ordering import in_order
from shared.domain.figures.reading import BadLine, Told
from shared.domain.figures.rules import LIVE
from shared.domain.figures.vocabulary import (
    ATTENDED,
    CALLS,
    CHECKED_IN,
    MERGED,
    MESSAGE_IN,
    SALE,
    SURVEY_ANSWERED,
    SURVEY_SENT,
    is_human_answer,
    is_human_reply,
    is_written_contact,
)


def histories_of(told: Iterable[Told], brand: str) -> list[CaseHistory]:
    """The events by case. A case that was merged into another goes on in that one. `brand`: of those that name none.

    A sale that names only its customer is of the case of their last contact before it; without one it is nobody's.
    An
    answer to a survey is of the case that it was asked in, whatever case it names. Calls and visits that name a contact
    of no case are contacts alone. Raises `BadLine` for what else has no case.
    """
    lines = list(told)
    into = _merges(lines)
    of_contact = {line.contact: line.case for line in lines if line.contact and line.case}
    of_survey = {_survey(line): line.case for line in lines if line.event.type == SURVEY_SENT and line.case}
    by_case: dict[str, list[Told]] = defaultdict(list)
    alone: dict[str, list[Told]] = defaultdict(list)
    for line in lines:
        bound = of_survey.get(_survey(line)) if line.event.type == SURVEY_ANSWERED else None
        case = bound or line.case or of_contact.get(line.contact or "")
        if case is not None:
            by_case[_last(case, into)].append(line)
        elif line.event.type == SURVEY_ANSWERED:
            raise BadLine(line.line, "case", "is missing, and no line says in which case its survey was sent")
        elif line.contact is not None:
            alone[line.contact].append(_without_case(line))
    contacts = _Contacts(by_case)
    for line in lines:
        if line.case is None and line.contact is None and line.event.type == SALE:
            case = contacts.case_of(line)
            if case is not None:
                by_case[case].append(line)
    cases = [_history(case, own, brand) for case, own in sorted(by_case.items())]
    attempts = [replace(_history(f"~{name}", own, brand), is_case=False) for name, own in sorted(alone.items())]
    return cases + attempts


def _survey(line: Told) -> str:
    """Which survey it was, by its instance."""
    event = line.event
    return str(event.details.get("instance") or (event.id if event.type == SURVEY_SENT else event.target))


def _without_case(line: Told) -> Told:
    event = line.event
    if (
        event.type in CALLS
        or event.type in (CHECKED_IN, ATTENDED)
        or (event.type == MESSAGE_IN and not _is_contact(event))
    ):
        return line
    raise BadLine(line.line, "case", "is missing, and no line says to which case its contact belongs")


def _merges(lines: Iterable[Told]) -> dict[str, str]:
    """By case, the case in which it goes on."""
    found: dict[str, str] = {}
    for line in lines:
        into = line.event.details.get("into")
        if line.event.type == MERGED and line.case and isinstance(into, str) and into != line.case:
            found[line.case] = into
    return found


def _last(case: str, into: Mapping[str, str]) -> str:
    seen = {case}
    while case in into and into[case] not in seen:
        case = into[case]
        seen.add(case)
    return case


class _Contacts:
    """By customer, when they had a contact and in which case, in order."""

    def __init__(self, by_case: Mapping[str, list[Told]]) -> None:
        self._known: dict[str | None, list[tuple[datetime, str]]] = defaultdict(list)
        for case, lines in by_case.items():
            for line in lines:
                if _is_contact(line.event):
                    self._known[line.customer].append((line.event.occurred_at, case))
        for known in self._known.values():
            known.sort()

    def case_of(self, sale: Told) -> str | None:
        """The case of the last contact before a sale of the same customer."""
        known = self._known.get(sale.customer, [])
        before = bisect_right(known, sale.event.occurred_at, key=itemgetter(0))
        return known[before - 1][1] if before else None


def _is_contact(event: KpiEvent) -> bool:
    return is_written_contact(event) or is_human_answer(event)


def _history(case: str, lines: list[Told], brand: str) -> CaseHistory:
    """Of what lines say differently of one case, the first in order counts."""
    customers = sorted({line.customer for line in lines if line.customer})
    brands = sorted({line.brand for line in lines if line.brand})
    events = [line.event for line in lines if line.event.type != MERGED or not line.event.details.get("into")]
    customer = customers[0] if customers else f"of {case}"
    return CaseHistory(case, customer, brands[0] if brands else brand, tuple(_on_channels(events)))


def _on_channels(events: list[KpiEvent]) -> list[KpiEvent]:
    """What names no channel is on the one where the customer is by then; calls and visits have their own."""
    ordered = in_order(events)
    channel = next((event.channel for event in ordered if _has_channel(event)), UNKNOWN)
    found = []
    for event in ordered:
        if _has_channel(event):
            channel = event.channel
        silent = event.channel == UNKNOWN and (is_written_contact(event) or is_human_reply(event) or _is_bots(event))
        found.append(replace(event, channel=channel) if silent else event)
    return found


def _has_channel(event: KpiEvent) -> bool:
    return event.channel not in (UNKNOWN, *LIVE) and event.type not in CALLS


def _is_bots(event: KpiEvent) -> bool:
    return event.type.startswith("bot.")
