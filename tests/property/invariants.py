"""What must hold of a hub after every step, and beside its model."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from local.sqlite.attributes import INDEX_ATTRIBUTES
from shared.domain.case import ACTIVE
from shared.domain.delivery import RANK
from shared.domain.element import digest
from shared.domain.event import Entry, Event
from shared.ports.table import Item
from shared.store import items, keys
from shared.store.claims import claimants_of
from shared.store.consents import consents_of
from shared.store.views import entry_view
from tests.property.plain_model import PlainModel, names_of
from tests.property.whole_hub import WholeHub

MAX_LISTED = 100
"""No list in an item is longer."""
MAX_ITEM_BYTES = 64 * 1024
"""Of what these tests write, which is short: an item that grows without bounds is met early."""


def check(hub: WholeHub, model: PlainModel) -> None:
    table = _Table(hub)
    _each_entry_is_indexed_once(table)
    _sequences_have_no_gaps(table)
    _each_identity_has_one_living_holder(table)
    _one_active_case_for_each_conversation(table, model)
    _active_cases_are_listed(table)
    _indexes_hold_what_the_items_say(hub, table)
    _nothing_grows_without_bounds(table)
    _the_model_agrees(table, model)


def check_receipts(hub: WholeHub, receipts: list[Event]) -> None:
    """Once all came: an answer's delivery is the furthest that was told, and nobody else's message has any."""
    table = _Table(hub)
    furthest: dict[str, str] = {}
    for receipt in (event.receipt for event in receipts):
        if receipt and receipt.target:
            furthest[receipt.target] = max(furthest.get(receipt.target, "sent"), receipt.state, key=RANK.__getitem__)
    for case in table.cases:
        for item, entry in table.events(case):
            wanted = furthest.get(entry.message_id) if entry.direction == "outbound" else None
            wanted = "failed" if "nowhere" in item else wanted
            if "moved_to" not in item:
                assert item.get("delivery") == wanted, f"{entry.message_id} is {item.get('delivery')}, not {wanted}"


def check_revisions(hub: WholeHub, model: PlainModel, events: list[Event]) -> None:
    """Once all came: what speaks of a message stands in its case, after it, and leads to it."""
    for event in events:
        target = model.target_of(event)
        if event.kind == "message" or not target or event.message_id not in model.place:
            continue
        mine, spoken_of = (hub.item(keys.message("whatsapp", event.account, one)) for one in (event.message_id, target))
        assert mine
        assert spoken_of
        assert mine["case"] == spoken_of["case"], f"{event.message_id} is beside its target"
        assert mine["sequence"] > spoken_of["sequence"]
        entry = hub.item(keys.entry(mine["case"], mine["sequence"])) or {}
        assert entry["target"] == spoken_of["sequence"], f"{event.message_id} leads to entry {entry['target']}"


def check_consents(hub: WholeHub, model: PlainModel) -> None:
    """Once all came: each choice about marketing is kept once, with whoever made it."""
    kept = [(consent.evidence, profile["id"]) for profile in _Table(hub).profiles.values()
            for consent in consents_of(hub.table, profile["id"])]  # fmt: skip
    places = {message: keys.message("whatsapp", model.account[message], message)[0] for message in model.choices}
    made = [(digest(places[message]), by) for message, by in model.choices.items()]
    assert Counter(kept) >= Counter(made), "a choice is not kept"
    assert len({evidence for evidence, _ in kept}) == len(made), "a choice that nobody made"


def check_claims(hub: WholeHub, model: PlainModel, events: list[Event]) -> None:
    """Once all came: what somebody typed is claimed of them, while they hold what they wrote it by."""
    table = _Table(hub)
    for event in events:
        typed = [one.value for one in event.identities if one.level == "claimed"]
        said_by = model.said_by.get(event.message_id)
        held = said_by and all(model.holder.get(name) == said_by for name in names_of(event).values())
        for value in typed if held else ():
            claimed = [one.customer for one in claimants_of(hub.table, "email", value)]
            assert said_by in claimed, f"what was typed in {event.message_id} is claimed of nobody"
            assert keys.identity("email", None, value) not in table.by_key


def parting(hub: WholeHub) -> set[str]:
    """Who parted, where not everything has gone back yet: the clock goes on with it."""
    records = [item for item in hub.found("CUS#", "MRG#") if item["status"] == "undone" and "due_pk" in item]
    return {one for record in records for one in (*record["share"], *record["stayed"])}


class _Table:
    """Everything in the table, by kind."""

    def __init__(self, hub: WholeHub) -> None:
        self.items = hub.everything()
        self.by_key = {(item["pk"], item["sk"]): item for item in self.items}
        self.profiles = {item["id"]: item for item in self.items if item["sk"] == "PROFILE"}
        self.cases = {item["id"]: item for item in self.items if item["sk"] == "CASE"}
        self.parting = parting(hub)
        self.entries: dict[str, list[Item]] = defaultdict(list)
        for item in self.items:
            if item["sk"].startswith("ENT#"):
                self.entries[item["pk"].removeprefix("CAS#")].append(item)

    def living(self, customer: str) -> str:
        return living(self.profiles, customer)

    def events(self, case: str) -> list[tuple[Item, Entry]]:
        return [(item, entry_view(item)) for item in self.entries[case]]


def living(profiles: dict[str, Item], customer: str) -> str:
    while "merged_into" in profiles[customer]:
        customer = profiles[customer]["merged_into"]
    return customer


def _each_entry_is_indexed_once(table: _Table) -> None:
    """Promise 2. Where an undone merge moved an entry, its index leads to where it is now."""
    places: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for case, log in table.entries.items():
        for item in log:
            if item["kind"] != "state_change" and "moved_to" not in item and not _is_the_hubs(item, case):
                places[item["message_key"]].append((case, item["sequence"]))
    for key, found in places.items():
        assert len(found) == 1, f"{key} is {len(found)} entries"
        index = table.by_key[key, "MSG"]
        assert (index["case"], index["sequence"]) == found[0]


def _is_the_hubs(item: Item, case: str) -> bool:
    """What time and messages did to the state, that something is hidden, or that an answer goes nowhere."""
    return entry_view(item).message_id.startswith(f"{case}:")


def _sequences_have_no_gaps(table: _Table) -> None:
    for case in table.cases.values():
        assert [item["sequence"] for item in table.entries[case["id"]]] == list(range(1, case["sequence"] + 1))
        assert table.by_key[keys.reference(case["reference"])]["case"] == case["id"]


def _each_identity_has_one_living_holder(table: _Table) -> None:
    """Promise 3: the lock's holder, or who they were merged into, lists it, and nobody else who lives does."""
    listed: dict[tuple[str, str | None, str], list[str]] = defaultdict(list)
    for profile in table.profiles.values():
        if "merged_into" not in profile:
            for one in items.live_identities(profile):
                listed[one.kind, one.namespace, one.value].append(profile["id"])
    for (kind, namespace, value), customers in listed.items():
        lock = table.by_key[keys.identity(kind, namespace, value)]
        assert customers == [table.living(lock["customer"])], f"{kind} is listed by {len(customers)}"
    locks = [item for item in table.items if item["sk"] == "IDN"]
    assert len(locks) == len(listed)


def _one_active_case_for_each_conversation(table: _Table, model: PlainModel) -> None:
    """A conversation is a customer, as they were before any merge, on one account of ours."""
    active = Counter(
        (case["customer"], model.cases[case["id"]].opened_on)
        for case in table.cases.values()
        if case["state"] in ACTIVE and case["id"] in model.cases and "moved_from" not in case
    )
    assert max(active.values(), default=1) == 1, active


def _active_cases_are_listed(table: _Table) -> None:
    for case in table.cases.values():
        if case["state"] in ACTIVE:
            assert case["id"] in table.profiles[table.living(case["customer"])]["cases"], f"{case['id']} is not listed"
    for item in table.items:
        if item["sk"] == "CNV" and "customer" in item:
            holder = table.living(table.cases[item["case"]]["customer"])
            is_theirs = holder == table.living(item["customer"]) or item["customer"] in table.parting
            assert is_theirs, "a conversation leads to somebody else's case"


def _indexes_hold_what_the_items_say(hub: WholeHub, table: _Table) -> None:
    for index, (hash_name, range_name) in INDEX_ATTRIBUTES.items():
        placed = {
            ((item["pk"], item["sk"]), (item[hash_name], item[range_name]))
            for item in table.items
            if hash_name in item and range_name in item
        }
        assert set(hub.indexed(index)) == placed  # type: ignore[arg-type]


def _nothing_grows_without_bounds(table: _Table) -> None:
    for item in table.items:
        assert len(repr(item)) <= MAX_ITEM_BYTES, f"{item['pk']} {item['sk']} is too large"
        assert max(map(_length, item.values())) <= MAX_LISTED


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (list, dict)) else 0


def _the_model_agrees(table: _Table, model: PlainModel) -> None:
    assert table.profiles.keys() == model.customers
    locks = {tuple(item["pk"].split("#", 3)[1:]): item["customer"] for item in table.items if item["sk"] == "IDN"}
    assert locks == {(kind, namespace or "-", value): by for (kind, namespace, value), by in model.holder.items()}
    _the_logs_agree(table, model)


def _the_logs_agree(table: _Table, model: PlainModel) -> None:
    """Every message is in one place that shows it, with whoever it came from, in the order in which it was recorded."""
    shown: dict[str, str] = {}
    for case_id, case in table.cases.items():
        log = [
            (item, entry)
            for item, entry in table.events(case_id)
            if not _is_the_hubs(item, case_id) and "moved_to" not in item
        ]
        messages = [entry.message_id for _, entry in log]
        shown |= dict.fromkeys(messages, case_id)
        assert messages == model.cases[case_id].log, f"{case_id}: {messages}, expected {model.cases[case_id].log}"
        for message in messages:
            said_by = model.said_by.get(message)
            if said_by and said_by not in table.parting:
                assert table.living(case["customer"]) == table.living(said_by), f"{message} is another's"
    assert shown == model.place
