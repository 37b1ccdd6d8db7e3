"""References as people write them: several in a text, with other dashes, read aloud, of other people and brands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.event import Event

Make = Callable[..., Event]
MINUTE = timedelta(minutes=1)


def reference(hub: Any, case: str) -> str:
    return str(hub.case(case)["reference"])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_of_several_ones_own_counts_wherever_it_stands(case_hub: Any, mail: Make, place: int) -> None:
    own = case_hub.record(mail("<a@x>")).case
    others = [case_hub.record(mail(f"<{one}@x>", sender=f"{one}@example.com")).case for one in ("eva", "luis")]
    named = [reference(case_hub, one) for one in others]
    named.insert(place, reference(case_hub, own))
    outcome = case_hub.record(mail("<b@x>", f"Los casos {', '.join(named)}", at=MINUTE))
    assert outcome.case == own
    assert case_hub.log(own)[-1].flags == ["foreign_ref"], "and the agent sees that there were others"


@pytest.mark.parametrize("dash", ["-", "‐", "‑", "‒", "–", "—", "−"])
def test_any_dash_is_a_dash(case_hub: Any, mail: Make, dash: str) -> None:
    own = case_hub.record(mail("<a@x>")).case
    written = reference(case_hub, own).lower().replace("-", dash)
    assert case_hub.record(mail("<b@x>", f"caso {written}.", at=MINUTE)).case == own


def test_another_brands_reference_is_text(case_hub: Any, on: Make) -> None:
    zeta = case_hub.record(on("whatsapp", "z1", account="200000000000003")).case
    acme = case_hub.record(on("whatsapp", "a1", f"caso {reference(case_hub, zeta)}", account="200000000000001"))
    assert acme.case != zeta
    assert case_hub.log(acme.case)[-1].flags == []
