"""One entry against its model: every fault of it at its own line, in words that say what to write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from shared.configuration.source import Path, Source
from shared.configuration.values import closest, names_a_secret

Model = TypeVar("Model", bound=BaseModel)

_EXAMPLES: Final = {
    "name": "name: acme",
    "languages": "languages: [es, en]",
    "default_country": "default_country: EC",
    "time_zone": "time_zone: America/Guayaquil",
    "channel": "channel: whatsapp",
    "id": 'id: "200000000000001"',
    "brand": "brand: acme",
    "kind": "kind: generic_webhook",
    "secret": "secret: demo, the name of a secret",
    "url": 'url: "https://tool.example.com"',
    "brands": "brands: and under it - {name: acme, languages: [es], default_country: EC, time_zone: America/Guayaquil}",
}
"""What to write where a key is missing."""

_TYPES: Final = {
    "string": "must be text",
    "list": "must be a list: write [one, two], or one a line after a dash",
    "dict": "must be a mapping of keys to values",
    "model": "must be a mapping of keys to values",
    "bool": "must be true or false",
    "int": "must be a whole number",
    "float": "must be a number",
    "decimal": "must be a number",
    "url": "must be an address, such as https://tool.example.com",
}
"""By the first word of pydantic's error type."""


def check(model: type[Model], data: object, path: Path, source: Source, known: Iterable[str] = ()) -> Model | None:
    """The model made of `data`; None when it has faults, which are noted. `known`: keys to suggest besides its own."""
    if not isinstance(data, Mapping):
        source.fault(path, _TYPES["dict"])
        return None
    keys = {*known, *(field.alias or name for name, field in model.model_fields.items())}
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            inner, message = _told(detail, data, _keys_beside(model, detail["loc"]) or keys)
            source.fault((*path, *inner), message)
    return None


def _keys_beside(model: type[BaseModel], location: tuple[int | str, ...]) -> set[str]:
    """The keys of the entry within the entry where a fault is; empty where that is no model of its own."""
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = next(_models_in(field.annotation), None) if field else None
        if inner is None:
            return set()
        model = inner
    return set(model.model_fields) if len(location) > 1 else set()


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def unknown_key(key: str, known: Iterable[str]) -> str:
    """What to say of a key that nobody reads."""
    if names_a_secret(key) and key not in known:
        return "no secret is written here: keep it in the secrets store and give its name as secret: <name>"
    return "unknown key; " + closest(key, known)


def _location(location: tuple[int | str, ...], data: Any) -> Path:
    """pydantic's location, as far as it is a path in the file (unions add words of their own)."""
    path: list[int | str] = []
    for index, part in enumerate(location):
        inside = part in data if isinstance(data, Mapping) else isinstance(data, list) and isinstance(part, int)
        if not inside and index < len(location) - 1:
            continue
        path.append(part)
        data = data[part] if inside else None
    return tuple(path)


def _told(detail: Any, data: Mapping[Any, Any], keys: Iterable[str]) -> tuple[Path, str]:
    """Where a fault is, within the entry, and what to say of it."""
    message = _message(detail, keys)
    if detail["loc"]:
        return _location(detail["loc"], data), message
    # A check of the whole entry names its key first: "url: https only".
    key, colon, rest = message.partition(": ")
    return ((key,), rest) if colon and key in data else ((), message)


def _message(detail: Any, keys: Iterable[str]) -> str:
    kind: str = detail["type"]
    key = str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "extra_forbidden":
        return unknown_key(key, keys)
    if kind == "missing":
        return "is missing: write " + _EXAMPLES.get(key, f"{key}: <value>")
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if kind == "literal_error":
        return f"must be {detail['ctx']['expected']}"
    if kind == "too_short":
        return f"must name at least {detail['ctx']['min_length']}: write {key}: [one, two]"
    if kind == "too_long":
        return f"must name at most {detail['ctx']['max_length']}"
    return _of_type(kind, key, detail)


def _of_type(kind: str, key: str, detail: Any) -> str:
    word = kind.split("_")[0]
    if word not in _TYPES or not kind.endswith(("_type", "_parsing")):
        return str(detail["msg"]).lower()
    value = detail["input"]
    if value is None:
        return "has no value: write " + _EXAMPLES.get(key, f"{key}: <value>")
    if word != "string":
        return _TYPES[word]
    if key == "id" and isinstance(value, int):
        return f'{_TYPES[word]}: write id: "{value}", in quotes'
    return f"{_TYPES[word]}: write {_EXAMPLES[key]}" if key in _EXAMPLES else f"{_TYPES[word]}: write it in quotes"
