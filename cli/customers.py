"""`hilo customer`: what is known of a customer."""

from __future__ import annotations

from typing import Any

import click

from cli.faults import Failed
from cli.hub import Hub, hub_at, hub_options, segment
from cli.output import json_document, line

EXAMPLES = """\b
Examples:
  hilo customer {0} phone:+593991234567
  hilo customer {0} 0199c1f2-… --json
"""


@click.group("customer")
def customer() -> None:
    """Customers: who they are, and what was said."""


@customer.command("show", epilog=EXAMPLES.format("show"))
@click.argument("who", metavar="IDENTITY_OR_ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@hub_options
def show(who: str, as_json: bool, url: str | None, data: str) -> None:
    """Show the customers with this identity (kind:value), or the one with this id."""
    found = find_customers(hub_at(url, data), who)
    if as_json:
        json_document({"customers": found})
        return
    for one in found:
        _print_customer(one)


@customer.command("timeline", epilog=EXAMPLES.format("timeline"))
@click.argument("who", metavar="IDENTITY_OR_ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@hub_options
def timeline(who: str, as_json: bool, url: str | None, data: str) -> None:
    """Show a customer's cases, the newest first, with what was said in each."""
    hub = hub_at(url, data)
    customer_id = the_only(find_customers(hub, who))["id"] if ":" in who else who
    path = f"/v1/customers/{segment(customer_id)}/timeline"
    page = hub.get(path)
    cases = list(page["cases"])
    while page["next"]:
        page = hub.get(path, cursor=page["next"])
        cases += page["cases"]
    cases = [_whole(hub, case) for case in cases]
    if as_json:
        json_document({"customer": page["customer"], "cases": cases, "next": None})
        return
    _print_customer(page["customer"])
    for case in cases:
        _print_case(case)


def _whole(hub: Hub, case: dict[str, Any]) -> dict[str, Any]:
    """A case that did not fit its page, with the rest of what was said."""
    rest: list[Any] = []
    more = case.pop("more", None)
    while more:
        page = hub.get(f"/v1/cases/{segment(case['id'])}", cursor=more)
        rest += page["interactions"]
        more = page["next"]
    return {**case, "interactions": case["interactions"] + rest}


def find_customers(hub: Hub, who: str) -> list[dict[str, Any]]:
    """At least one. An identity has a colon, an id has none."""
    if ":" not in who:
        return [hub.get(f"/v1/customers/{segment(who)}")]
    found: list[dict[str, Any]] = hub.get("/v1/customers", identity=who)["customers"]
    if not found:
        raise Failed("no customer has this identity")
    return found


def the_only(found: list[dict[str, Any]]) -> dict[str, Any]:
    if len(found) > 1:
        raise Failed("several customers have this identity, say which: " + ", ".join(one["id"] for one in found))
    return found[0]


def _print_customer(one: dict[str, Any]) -> None:
    line(f"{one.get('display_name') or '(no name)'}  {one['id']}")
    for held in one["identities"]:
        line(f"  {held['kind']}:{held['value']}  ({held['level']}, from {held['source']}, since {held['since']})")
    for name, value in one["fields"].items():
        line(f"  {name}: {value['value']}  (from {value['source']}, {value['at']})")
    if one["active_cases"]:
        line(f"  active cases: {', '.join(one['active_cases'])}")


def _print_case(case: dict[str, Any]) -> None:
    line("")
    line(f"{case['reference']}  {case['state']}  {', '.join(case['channels'])}  opened {case['opened_at']}")
    for connector, remote in case["remote"].items():
        state = remote["error"] or f"told up to {remote['pushed']}"
        line(f"  {connector}: {remote['id'] or '-'}  {state}")
    for entry in case["interactions"]:
        line(f"  {entry.get('occurred_at') or entry['received_at']}  {_author(entry)}: {_said(entry)}")


def _author(entry: dict[str, Any]) -> str:
    author = entry["author"]
    return str(author.get("name") or author["type"])


def _said(entry: dict[str, Any]) -> str:
    if entry.get("deleted"):
        return "(moved to a case of another customer)" if entry.get("moved") else "(deleted)"
    text = entry.get("text") or f"({entry['kind']})"
    files = "".join(f" [{one['kind']}]" for one in entry.get("attachments", []))
    return f"{text}{files}" + (" (edited)" if entry.get("edited") else "")
