"""What the codes of the Cloud API mean for a send, and what its agent is told: one row for each code.

Source: whatsapp.md, "Errors", 2026-11. Decided on `code` alone: the status is no class (throttling comes as 400).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.channels.whatsapp.advice import ADVICE
from shared.domain.answer import Language
from shared.meta.effects import COMMON, RIGHTS, UNKNOWN, Row, number_of

ROWS: Final[Mapping[str, Row]] = {
    **COMMON,
    # throttled: the number or the whole business account
    "80007": Row("throttled", "busy"),
    "130429": Row("throttled", "busy"),
    "133016": Row("throttled", "busy"),
    "131056": Row("recipient_throttled", "too_many_to_one"),
    # may pass by itself
    "1": Row("passes", "passing"),
    "2": Row("passes", "passing"),
    "131000": Row("passes", "passing"),
    "131016": Row("passes", "passing"),
    "131057": Row("passes", "passing"),
    "133004": Row("passes", "passing"),
    "131053": Row("once", "file"),
    # our own words of files: it was not taken, or the hub has it no longer
    "file": Row("refused", "file"),
    "file_gone": Row("refused", "file"),
    # our token, rights or account
    "0": Row("stops", "credentials"),
    "33": Row("stops", "credentials"),
    "131005": Row("stops", "credentials"),
    "131045": Row("stops", "credentials"),
    "133010": Row("stops", "credentials"),
    "131042": Row("stops", "payment"),
    "131031": Row("stops", "locked"),
    "131044": Row("stops", "locked"),
    "131048": Row("stops", "quality"),
    "131064": Row("stops", "quality"),
    "130497": Row("refused", "country"),
    # this answer, to this person
    "131047": Row("window", "window"),
    "131026": Row("refused", "not_reachable"),
    "131021": Row("refused", "ourselves"),
    "131030": Row("refused", "test_number"),
    "130472": Row("refused", "experiment"),
    "131049": Row("refused", "wait_a_day"),
    "131050": Row("refused", "marketing_stopped"),
    "131062": Row("refused", "needs_phone"),
    "131063": Row("refused", "marketing_elsewhere"),
    "137000": Row("refused", "identity_changed"),
    # what we said
    "131008": Row("refused", "our_fault"),
    "131009": Row("refused", "our_fault"),
    "131051": Row("refused", "kind"),
    "135000": Row("refused", "our_fault"),
    "132000": Row("refused", "template"),
    "132001": Row("refused", "template"),
    "132005": Row("refused", "template"),
    "132007": Row("refused", "template"),
    "132008": Row("refused", "template"),
    "132012": Row("refused", "template"),
    "132068": Row("refused", "template"),
    "132015": Row("refused", "template_stopped"),
    "132016": Row("refused", "template_stopped"),
    "132069": Row("refused", "template_stopped"),
    # of what came in, of synchronising, and of features that no answer uses
    "131052": Row("refused", "file"),
    "131060": Row("refused", "kind"),
    "131020": Row("refused", "kind"),
    "131041": Row("refused", "kind"),
    "131059": Row("refused", "kind"),
    "2593107": Row("refused", "our_fault"),
    "2593108": Row("refused", "our_fault"),
    "2593109": Row("refused", "our_fault"),
}

RETRYABLE: Final = frozenset(
    code for code, row in ROWS.items() if row.effect in ("throttled", "recipient_throttled", "passes", "once")
)
"""Codes after which sending the same again may succeed. Everything else needs a person, a token or a change."""

_FEATURES: Final = (
    range(131200, 131300),  # groups
    range(138000, 139000),  # calls
    range(139000, 139005),  # flows
    range(139100, 139200),  # the list of blocked people
    range(147001, 147006),  # user names
)


def row_of(code: str) -> Row:
    """The row of a code; of one that is not listed, that of its range, or `UNKNOWN`."""
    if code in ROWS:
        return ROWS[code]
    number = number_of(code)
    if number in RIGHTS:
        return Row("stops", "credentials")
    if any(number in each for each in _FEATURES):
        return Row("refused", "kind")
    return UNKNOWN


def is_known(code: str) -> bool:
    """Whether the sheet says anything of it."""
    return row_of(code) is not UNKNOWN


def advice(code: str, language: Language) -> str:
    """What an agent is told when this code kept an answer from the customer: what it means, what to do."""
    return ADVICE[row_of(code).means][language].replace("{code}", code)
