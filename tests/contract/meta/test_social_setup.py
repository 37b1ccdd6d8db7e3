"""What `hilo doctor` and `hilo connect` find of a Page or an Instagram account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from shared.channels.instagram import way_out as instagram
from shared.channels.messenger import way_out as messenger
from shared.http.client import Answer
from shared.meta.asking import Asking
from shared.meta.social.setup import SocialSetup

PAGE, ACCOUNT = "400000000000001", "17840000000000001"
HEARD = {"app_secrets": ["s"], "verify_token": "v"}


class Secrets:
    def __init__(self, **held: Any) -> None:
        self.held = held

    def get(self, name: str) -> dict[str, Any]:
        assert name == "s"
        return self.held


class Graph:
    """The Graph API, as far as setup asks it. `fields`: what the node is subscribed to."""

    def __init__(self, who: dict[str, Any], fields: tuple[str, ...] = (), scopes: tuple[str, ...] = ()) -> None:
        self.who, self.fields, self.scopes = who, fields, scopes
        self.asked: list[str] = []

    def exchange(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        assert headers["authorization"].startswith("Bearer ")
        path = url.split("/v25.0/")[1]
        self.asked.append(f"{method} {url.split('/v25.0/')[0]} {path.split('?')[0]}")
        if "subscribed_apps" in path and method == "POST":
            self.fields = tuple(path.split("subscribed_fields=")[1].split("%2C"))
            said: Any = {"success": True}
        elif "subscribed_apps" in path:
            said = {"data": [{"id": "1", "subscribed_fields": list(self.fields)}]}
        elif path.startswith("debug_token"):
            said = {"data": {"scopes": list(self.scopes)}}
        else:
            said = self.who
        return Answer(200, {}, json.dumps(said).encode(), True, "graph")


def setup_of(kind: str, graph: Graph, token: str | None) -> SocialSetup:
    """As `connect_setup` makes it, but with this client."""
    secrets = Secrets(**HEARD, **({"access_token": token} if token else {}))
    made = {
        "page": lambda: messenger.connect_setup(PAGE, "s", secrets, lambda: 0.0),
        "facebook": lambda: instagram.connect_setup(ACCOUNT, "s", secrets, lambda: 0.0, login="facebook", page=PAGE),
        "instagram": lambda: instagram.connect_setup(ACCOUNT, "s", secrets, lambda: 0.0, login="instagram"),
    }[kind]()
    return SocialSetup(made._flavour, lambda root, given: Asking(graph, root, given), secrets, "s")


KINDS = {
    "page": ("EAApage", {"id": PAGE}, messenger.FIELDS, messenger.SCOPES, "https://graph.facebook.com", PAGE),
    "facebook": (
        "EAApage",
        {"instagram_business_account": {"id": ACCOUNT}, "id": PAGE},
        instagram.PAGE_FIELDS,
        instagram.PAGE_SCOPES,
        "https://graph.facebook.com",
        PAGE,
    ),
    "instagram": (
        "IGuser",
        {"user_id": ACCOUNT, "id": "999"},
        instagram.FIELDS,
        (),
        "https://graph.instagram.com",
        ACCOUNT,
    ),
}
EACH = pytest.mark.parametrize("kind", sorted(KINDS))


@EACH
def test_all_is_well(kind: str) -> None:
    token, who, fields, scopes, host, node = KINDS[kind]
    graph = Graph(who, fields, scopes)
    assert [one.what for one in setup_of(kind, graph, token).check(mend=True) if one.ok is not True] == []
    assert graph.asked[-1] == f"GET {host} {node}/subscribed_apps"
    assert not any(one.startswith("POST") for one in graph.asked)


@EACH
def test_what_is_not_subscribed_is_subscribed_where_that_is_asked_for(kind: str) -> None:
    token, who, fields, scopes, _, _ = KINDS[kind]
    graph = Graph(who, fields[:1], scopes)
    [wrong] = [one for one in setup_of(kind, graph, token).check(mend=False) if not one.ok]
    assert fields[1] in (wrong.detail or "")
    assert all(one.ok for one in setup_of(kind, graph, token).check(mend=True))
    assert graph.fields == fields


@EACH
def test_no_token_a_strangers_token_and_one_of_another_login(kind: str) -> None:
    token, who, fields, scopes, _, _ = KINDS[kind]
    [missing] = [one for one in setup_of(kind, Graph(who), None).check(mend=True) if not one.ok]
    assert missing.what == "token to send"
    stranger = {"id": "7", "user_id": "7", "instagram_business_account": {"id": "7"}}
    wrong = [one.what for one in setup_of(kind, Graph(stranger, fields, scopes), token).check(mend=False) if not one.ok]
    assert wrong == ["account"]
    other = setup_of(kind, Graph(who, fields, scopes), "XX" + token).check(mend=False)
    assert [one.what for one in other if not one.ok] == ["token is of this login"]
    refused = Graph({"error": {"code": 100, "error_subcode": 2534014, "type": "OAuthException"}})
    [last] = [one for one in setup_of(kind, refused, token).check(mend=True) if one.ok is False]
    assert "100/2534014" in (last.detail or "")


def test_instagrams_fields_are_not_asked_of_a_page() -> None:
    """Among a Page's they are refused, and then nothing is subscribed."""
    instagrams = {"messaging_seen", "messaging_referral", "comments", "live_comments"}
    assert not instagrams & {*messenger.FIELDS, *instagram.PAGE_FIELDS}
