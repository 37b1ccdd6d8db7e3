"""What a company decides about its people: recycled numbers, national ids, words that stop marketing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, StrictStr

from shared.configuration.checks import check, unknown_key
from shared.configuration.source import Path, Source
from shared.configuration.windows import seconds_of

_DAY: Final = 24 * 3600
_TYPE: Final = re.compile(r"[A-Z]{2}-[A-Za-z]{2,20}")
_KEYS: Final = ("recycled_after", "national_ids", "secret")

SECRET: Final = "people"  # noqa: S105 - the name of the secret, not its value
"""The one name that the secret may have: deployed, the API may read no other (`ApiRole` in template.yaml)."""

_LONGEST_WORD: Final = 100


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IdentityRules(_Settings):
    """`recycled_after_s`: silence after which a number that comes with a new name and a new id has a new holder.
    `national_ids`: the types that are kept, none by default, such as `EC-cedula`. `secret`: the name of the secret
    whose `national_id_key` (text of 32 characters or more) hashes them and whose `encryption_keys` (each 32 bytes as
    base64, the newest first) encrypt them."""

    recycled_after_s: int = 180 * _DAY
    national_ids: tuple[str, ...] = ()
    secret: str | None = None


class OptOutWords(_Settings):
    """Words and phrases beside the hub's own lists: `withdraw` stops marketing, `grant` resumes it."""

    withdraw: list[StrictStr] = []
    grant: list[StrictStr] = []


def read_identity(source: Source) -> IdentityRules:
    """The section `identity`: `{recycled_after: P180D, national_ids: [EC-cedula], secret: people}`."""
    data = source.data.get("identity")
    if data is None:
        return IdentityRules()
    if not isinstance(data, Mapping):
        source.fault(("identity",), "must be a mapping: write identity: {recycled_after: P180D}")
        return IdentityRules()
    for key in data:
        if key not in _KEYS:
            source.fault(("identity", key), unknown_key(str(key), _KEYS))
    types = tuple(_types(source, data.get("national_ids")))
    if types and data.get("secret") is None:
        source.fault(("identity", "secret"), f"is missing: write secret: {SECRET}, the secret with the keys for them")
    elif data.get("secret") not in (None, SECRET):
        source.fault(("identity", "secret"), f"must be {SECRET}: the API may read no other secret of this kind")
    named = {"secret": SECRET} if data.get("secret") == SECRET else {}
    return IdentityRules().model_copy(update={"national_ids": types, **named, **dict(_recycled(source, data))})


def _recycled(source: Source, data: Mapping[Any, Any]) -> Iterator[tuple[str, int]]:
    value = data.get("recycled_after")
    if value is None:
        return
    try:
        yield "recycled_after_s", seconds_of(value if isinstance(value, str) else "")
    except ValueError as error:
        source.fault(("identity", "recycled_after"), str(error))


def _types(source: Source, listed: Any) -> Iterator[str]:
    if listed is None:
        return
    if not isinstance(listed, list):
        source.fault(("identity", "national_ids"), "must be a list: write [EC-cedula]")
        return
    for index, each in enumerate(listed):
        path: Path = ("identity", "national_ids", index)
        if isinstance(each, str) and _TYPE.fullmatch(each):
            yield each
        else:
            source.fault(path, "a national id is named by country and type, such as EC-cedula")


def read_opt_out(source: Source) -> OptOutWords:
    """The section `opt_out`: `{withdraw: [ya no], grant: [si quiero]}`."""
    data = source.data.get("opt_out")
    if data is None:
        return OptOutWords()
    found = check(OptOutWords, data, ("opt_out",), source) or OptOutWords()
    for key, words in (("withdraw", found.withdraw), ("grant", found.grant)):
        for index, word in enumerate(words):
            if not any(c.isalnum() for c in word) or len(word) > _LONGEST_WORD:
                source.fault(("opt_out", key, index), f"a word or phrase of 1 to {_LONGEST_WORD} characters")
    return found
