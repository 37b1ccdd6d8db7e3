"""Sections that are lists: one entry a line, each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict

from shared.configuration.checks import check
from shared.configuration.source import Path, Source
from shared.configuration.values import Name

EACH_AFTER_A_DASH: Final = "one entry a line, each after a dash"


def entries(source: Source, section: str, how: str = EACH_AFTER_A_DASH) -> Iterator[tuple[Path, Any]]:
    """The entries of a section, each with its place; none where there is no section. What is no list is a fault: `how`
    says what to write."""
    data = source.data.get(section)
    if data is None:
        return
    if not isinstance(data, list):
        source.fault((section,), f"must be a list: {how}")
        return
    for index, entry in enumerate(data):
        yield (section, index), entry


class OfBrand(BaseModel):
    """An entry that is one brand's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    brand: Name


Own = TypeVar("Own", bound=OfBrand)


def of_brands(source: Source, section: str, model: type[Own], how: str) -> list[Own]:
    """The entries of a section that holds one for each brand, without those that have faults. A second one of a brand
    is a fault."""
    found: list[Own] = []
    taken: set[str] = set()
    for path, entry in entries(source, section, how):
        made = check(model, entry, path, source)
        if made is None:
            continue
        found.append(made)
        if made.brand in taken:
            source.fault((*path, "brand"), "an earlier entry is this brand's: remove one")
        taken.add(made.brand)
    return found
