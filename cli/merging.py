"""`hilo customer …`: who is who. Candidates, merges, their undoing, and where each thing that is known came from."""

from __future__ import annotations

from typing import Any

import click

from cli.customers import customer, find_customers, the_only
from cli.hub import Hub, hub_at, hub_options, segment
from cli.output import json_document, line

__all__ = ["customer"]

REASON = click.option("--reason", metavar="TEXT", help="Why; kept with the decision.")
BY = click.option("--by", metavar="NAME", help="Who decides; kept with the decision.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@customer.command(
    "candidates",
    epilog="\b\nExamples:\n  hilo customer candidates\n  hilo customer candidates phone:+593991234567 --json\n",
)
@click.argument("who", metavar="[IDENTITY_OR_ID]", required=False)
@JSON
@hub_options
def candidates(who: str | None, as_json: bool, url: str | None, data: str) -> None:
    """List pairs of customers who may be one person: all open ones, or every one of a customer, decided ones too."""
    hub = hub_at(url, data)
    if who is None:
        found = list(hub.pages("/v1/candidates", "candidates", limit=200))
    else:
        found = hub.get(f"/v1/customers/{segment(id_of(hub, who))}/candidates")["candidates"]
    if as_json:
        json_document({"candidates": found})
    elif found:
        for one in found:
            _print_candidate(one)
    else:
        line("no candidates")


@customer.command(
    "merge", epilog="\b\nExample:\n  hilo customer merge 0199c1f2-… 0199c1f3-… --reason 'came in person'\n"
)
@click.argument("first", metavar="IDENTITY_OR_ID")
@click.argument("second", metavar="IDENTITY_OR_ID")
@REASON
@BY
@JSON
@hub_options
def merge(
    first: str, second: str, reason: str | None, by: str | None, as_json: bool, url: str | None, data: str
) -> None:
    """Say that two customers are one person. Nothing is lost, and `unmerge` undoes it."""
    _merged(hub_at(url, data), "/v1/customers/merge", (first, second), reason, by, as_json)


@customer.command("accept", epilog="\b\nExample:\n  hilo customer accept 0199c1f2-… 0199c1f3-…\n")
@click.argument("first", metavar="IDENTITY_OR_ID")
@click.argument("second", metavar="IDENTITY_OR_ID")
@REASON
@BY
@JSON
@hub_options
def accept(
    first: str, second: str, reason: str | None, by: str | None, as_json: bool, url: str | None, data: str
) -> None:
    """Accept a candidate: the two are one person, and are merged."""
    _merged(hub_at(url, data), "/v1/candidates/accept", (first, second), reason, by, as_json)


@customer.command("refuse", epilog="\b\nExample:\n  hilo customer refuse 0199c1f2-… 0199c1f3-…\n")
@click.argument("first", metavar="IDENTITY_OR_ID")
@click.argument("second", metavar="IDENTITY_OR_ID")
@BY
@JSON
@hub_options
def refuse(first: str, second: str, by: str | None, as_json: bool, url: str | None, data: str) -> None:
    """Refuse a candidate: the two are not one person, and no rule will say so again."""
    hub = hub_at(url, data)
    done = hub.post("/v1/candidates/refuse", _wish(hub, (first, second), None, by))
    if as_json:
        json_document(done)
        return
    line(f"refused: {' and '.join(done['customers'])} are two people")


@customer.command("unmerge", epilog="\b\nExample:\n  hilo customer unmerge 0199c1f2-…~5be0c1a2d3f4\n")
@click.argument("merge_id", metavar="MERGE_ID")
@REASON
@BY
@JSON
@hub_options
def unmerge(merge_id: str, reason: str | None, by: str | None, as_json: bool, url: str | None, data: str) -> None:
    """Undo a merge, also when both were written to since. `explain` names the merges of a customer."""
    wish = {"merge": merge_id} | ({"reason": reason} if reason else {}) | ({"by": by} if by else {})
    done = hub_at(url, data).post("/v1/customers/unmerge", wish)
    if as_json:
        json_document(done)
        return
    already = " (it was undone before)" if done["result"] == "already" else ""
    line(f"undone: {done['customer']} is a customer of their own again, beside {done['survivor']}{already}")
    if done["moved"]:
        line(f"  {done['moved']} entries went back to their own cases")
    if not done["complete"]:
        line("  more entries are going back; the hub does it by itself within minutes")
    if done["review"]:
        line(f"  entered since the merge, and kept by {done['survivor']}: {', '.join(done['review'])}. Whose are they?")


@customer.command("explain", epilog="\b\nExample:\n  hilo customer explain phone:+593991234567\n")
@click.argument("who", metavar="IDENTITY_OR_ID")
@JSON
@hub_options
def explain(who: str, as_json: bool, url: str | None, data: str) -> None:
    """Say where everything that is known of a customer came from: identities, fields, claims, merges."""
    hub = hub_at(url, data)
    found = hub.get(f"/v1/customers/{segment(id_of(hub, who))}/explain")
    if as_json:
        json_document(found)
        return
    _print_explained(found)


def id_of(hub: Hub, who: str) -> str:
    return str(the_only(find_customers(hub, who))["id"]) if ":" in who else who


def _wish(hub: Hub, pair: tuple[str, str], reason: str | None, by: str | None) -> dict[str, Any]:
    wish: dict[str, Any] = {"customers": [id_of(hub, one) for one in pair]}
    return wish | ({"reason": reason} if reason else {}) | ({"by": by} if by else {})


def _merged(hub: Hub, path: str, pair: tuple[str, str], reason: str | None, by: str | None, as_json: bool) -> None:
    done = hub.post(path, _wish(hub, pair, reason, by))
    if as_json:
        json_document(done)
    elif done["result"] == "merged":
        line(f"merged: {done['merged']} is {done['customer']} now")
        line(f"  to undo it: hilo customer unmerge {done['merge']}")
    else:
        undo = f" by the merge {done['merge']}" if done["merge"] else ""
        line(f"they are one already, {done['customer']}{undo}")


def _print_candidate(one: dict[str, Any]) -> None:
    who = "  and  ".join(
        f"{id_} ({name or 'no name'})" for id_, name in zip(one["customers"], one["names"], strict=True)
    )
    line(who)
    line(f"  {one['status']}: {one['rule']}, {', '.join(one['evidence']) or 'no evidence'}  ({one['at']})")
    if one["living"] != one["customers"]:
        line(f"  today: {' and '.join(dict.fromkeys(one['living']))}")
    if one.get("by"):
        line(f"  decided by {one['by']}, {one['decided_at']}" + (f", merge {one['merge']}" if one.get("merge") else ""))


def _print_explained(one: dict[str, Any]) -> None:
    line(f"{one['display_name'] or '(no name)'}  {one['customer']}  since {one['created_at']}")
    if one["asked"] != one["customer"]:
        line(f"  {one['asked']} was merged into this customer")
    for held in one["identities"]:
        ended = f", ended {held['until']}" if held.get("until") else ""
        line(f"  {held['kind']}:{held['value']}  ({held['level']}{ended})  {_source(held, one)}")
    for field in one["fields"]:
        unused = "" if field["shown"] else "  (not shown)"
        line(f"  {field['name']}: {field['value']}{unused}  {_source(field, one)}")
    for claim in one["claims"]:
        for said in claim["said"]:
            line(f"  claimed: {claim['kind']}:{claim['value']}  ({said['rule']})  {_source({**claim, **said}, one)}")
    for merge_ in one["merges"]:
        _print_merge(merge_)
    for candidate in one["candidates"]:
        if candidate["status"] == "open":
            line("  may be one person:")
            _print_candidate(candidate)


def _source(said: dict[str, Any], one: dict[str, Any]) -> str:
    """By whom, when, in which event, and under which customer."""
    when = said.get("since") or said.get("at")
    event = f", event {said['event'][:12]}" if said.get("event") else ""
    merged = f", from {said['customer']}" if said["customer"] != one["customer"] else ""
    return f"from {said.get('source', '?')}, {when}{event}{merged}"


def _print_merge(one: dict[str, Any]) -> None:
    why = ", ".join(one.get("evidence", [])) or one.get("reason") or "no reason given"
    line(f"  merge {one['id']}: {one['loser']} into {one['survivor']}, {one['at']}, by {one['by']}")
    line(f"    {one['rule']}: {why}")
    if one["status"] == "undone":
        going_on = "" if one["complete"] else "; entries are still going back"
        line(f"    undone {one['undone_at']} by {one['undone_by']}{going_on}")
