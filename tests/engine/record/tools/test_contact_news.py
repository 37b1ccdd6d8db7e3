"""What a tool says of its contacts: claims, with where they come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.errors import Malformed
from shared.domain.event import Event
from shared.ports.table import Put
from shared.store import keys
from shared.store.candidates import candidates_of
from shared.store.claims import claims_of

Make = Callable[..., Event]


def known(hub: Any, customer: str, tool: str = "desk") -> str:
    """The tool's id of this customer."""
    pk, sk = keys.remote(tool, "contact", f"T-{customer}")
    hub.table.table.transact([Put({"pk": pk, "sk": sk, "customer": customer})])
    return f"T-{customer}"


def news(what: str, message: str, contact: str, *said: tuple[str, str], tool: str = "desk", **more: Any) -> Event:
    named = {"kind": "external", "namespace": tool, "value": contact, "level": "claimed"}
    parts: dict[str, Any] = {
        "channel": tool,
        "account": tool,
        "kind": "account_news",
        "message_id": message,
        "direction": "outbound",
        "author": {"type": "system"},
        "visibility": "internal",
        "occurred_at": "2026-11-22T10:00:00Z",
        "identities": [named, *({"kind": kind, "value": value, "level": "claimed"} for kind, value in said)],
        "provider_type": what,
    }
    return Event.model_validate(parts | more)


@pytest.fixture
def ana(tool_hub: Any, say: Make) -> str:
    return str(tool_hub.case(tool_hub.record(say("m1")).case)["customer"])


def test_a_contacts_phones_and_mails_are_claimed_and_its_name_taken(tool_hub: Any, ana: str) -> None:
    said = (("phone", "099 876 5432"), ("email", "Ana@Example.com"), ("phone", "none"), ("external", "X-1"))
    event = news("contact_update", "1", known(tool_hub, ana), *said, display_name="Ana María Ejemplo")
    assert tool_hub.record(event).result == "recorded"
    claims = {(one.kind, one.value): one.said["crm"] for one in claims_of(tool_hub.table, ana)}
    assert sorted(claims) == [("email", "ana@example.com"), ("phone", "+593998765432")]
    assert {one["source"] for one in claims.values()} == {"desk"}
    profile = tool_hub.profile(ana)
    assert (profile["display_name"], profile["fields"]["display_name"]["source"]) == ("Ana María Ejemplo", "desk")
    assert profile["contact_version"] == 2, "the other tools are told the name"
    assert not [one for one in profile["identities"] if one["level"] == "claimed"], "nothing is locked or shown"
    assert tool_hub.table.table.get(keys.identity("phone", None, "+593998765432")).item is None
    assert tool_hub.record(event).result == "copy"
    again = news("contact_update", "2", f"T-{ana}", display_name="Ana María Ejemplo")
    tool_hub.record(again)
    assert tool_hub.profile(ana)["contact_version"] == 2, "what is so already tells nobody"


def test_a_name_that_staff_entered_stays(tool_hub: Any, ana: str) -> None:
    entered = {"value": "Doña Ana", "source": "staff", "at": "2026-11-22T09:00:00Z"}
    tool_hub.hold(ana, display_name="Doña Ana", fields={"display_name": entered})
    tool_hub.record(news("contact_update", "1", known(tool_hub, ana), display_name="Otra"))
    assert tool_hub.profile(ana)["display_name"] == "Doña Ana"


def test_what_another_holds_is_a_candidate(tool_hub: Any, ana: str, say: Make) -> None:
    eva = tool_hub.case(tool_hub.record(say("m2", phone="593987654321", name="Eva")).case)["customer"]
    tool_hub.record(news("contact_update", "1", known(tool_hub, ana), ("phone", "+593987654321")))
    [candidate] = candidates_of(tool_hub.table, ana)
    assert (candidate["other"], candidate["rule"]) == (eva, "claimed")


def test_contacts_that_a_tool_merged_are_one_customer(tool_hub: Any, ana: str, say: Make) -> None:
    eva = tool_hub.case(tool_hub.record(say("m2", phone="593987654321", name="Ana Ejemplo")).case)["customer"]
    gone = {"kind": "external", "namespace": "desk", "value": known(tool_hub, eva), "level": "claimed"}
    event = news("contact_merge", "1", known(tool_hub, ana), previous_identities=[gone])
    assert tool_hub.record(event).result == "recorded"
    assert [tool_hub.profile(one).get("merged_into") for one in (ana, eva)].count(None) == 1
    assert tool_hub.record(event).result == "copy"


def test_news_of_nobodys_contact_is_parked(tool_hub: Any) -> None:
    for what in ("contact_update", "contact_merge"):
        gone = {"kind": "external", "namespace": "desk", "value": "T-y", "level": "claimed"}
        with pytest.raises(Malformed):
            tool_hub.record(news(what, "1", "T-x", previous_identities=[gone]))
    with pytest.raises(Malformed):
        tool_hub.record(news("contact_merge", "2", "T-x"))
