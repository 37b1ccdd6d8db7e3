"""What RT answers, as it writes it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from tests.contract.connectors.receiver import Received
from tests.contract.connectors.rt_query import Query, pieces_of
from tests.contract.connectors.rt_things import Part

Said = tuple[int, Mapping[str, str], bytes]


def content_of(request: Received) -> Any:
    if request.headers.get("content-type") == "application/x-www-form-urlencoded":
        return parse_qs(request.body.decode())
    if not request.body:
        return {}
    try:
        return json.loads(request.body)
    except ValueError:
        return None


def answered(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Said:
    return status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(content).encode()


def listing(items: list[dict[str, Any]]) -> Said:
    return answered(
        200, {"items": items, "count": len(items), "total": None, "pages": None, "page": 1, "per_page": 100}
    )


def user_reference(name: str) -> dict[str, str]:
    return {"id": name, "type": "user", "_url": f"/REST/2.0/user/{name}"}


def fields_said(held: Mapping[str, str], *names: str) -> list[dict[str, Any]]:
    return [{"name": name, "id": "2", "values": [held[name]] if name in held else []} for name in names]


def part_said(part: Part) -> dict[str, Any]:
    content = b64encode(part.content).decode() + "\n"
    return {"id": part.id, "ContentType": part.mime_type, "Filename": part.filename, "Content": content}


def search_result(
    form: dict[str, list[str]],
    rows: list[tuple[dict[str, Any], dict[str, Any]]],
    asked: Mapping[str, str] | None = None,
) -> Said:
    pieces = pieces_of(form["query"][0])
    if pieces is None:
        return answered(400, {"message": "Wrong query"})
    found = [said for held, said in rows if Query(pieces, held).holds()]
    if asked and asked.get("order") == "DESC":
        found.reverse()
    return listing(found[: int(asked["per_page"])] if asked else found)
