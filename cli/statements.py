"""`hilo customer …`: what staff say of a customer. National ids they have seen, and lines that several people answer.

A national id is read from standard input or asked for without echo, never an argument: others see those.
"""

from __future__ import annotations

from typing import Final

import click

from cli.faults import BadInput, Failed
from cli.hub import hub_at, hub_options
from cli.merging import BY, JSON, customer, id_of
from cli.output import json_document, line
from cli.reading import secret_line

__all__ = ["customer"]

NUMBER: Final = "number of the id"

_NO_ARGUMENT: Final = {"allow_extra_args": True}
"""So that a number given as one is refused by us, who do not repeat it."""


@customer.command(
    "identify",
    context_settings=_NO_ARGUMENT,
    epilog="\b\nExamples:\n  hilo customer identify phone:+593991234567 EC-cedula\n"
    "  hilo customer identify 0199c1f2-… EC-cedula < number.txt\n",
)
@click.argument("who", metavar="IDENTITY_OR_ID")
@click.argument("type_", metavar="TYPE")
@BY
@JSON
@hub_options
@click.pass_context
def identify(
    context: click.Context, who: str, type_: str, by: str | None, as_json: bool, url: str | None, data: str
) -> None:
    """Note a national id of a customer's that you have seen. Its number is asked for, or read from standard input."""
    _no_number(context)
    hub = hub_at(url, data)
    wish = {"customer": id_of(hub, who), "type": type_, "value": secret_line(NUMBER)}
    done = hub.post("/v1/customers/national-id", wish | ({"by": by} if by else {}))
    if as_json:
        json_document(done)
        return
    line(f"noted: {done['type']} {done['mask']} of {done['customer']}")
    if done["unconfirmed"]:
        line("  whether there is such a number is not checked for this type")
    if done["same"]:
        line(f"  {done['same']} has it as well: see hilo customer candidates {done['customer']}")


@customer.command(
    "find",
    context_settings=_NO_ARGUMENT,
    epilog="\b\nExamples:\n  hilo customer find EC-cedula\n  hilo customer find EC-cedula < number.txt\n",
)
@click.argument("type_", metavar="TYPE")
@JSON
@hub_options
@click.pass_context
def find(context: click.Context, type_: str, as_json: bool, url: str | None, data: str) -> None:
    """Print the id of the customer with this national id. Its number is asked for, or read from standard input."""
    _no_number(context)
    hub = hub_at(url, data)
    found = hub.post("/v1/customers/find", {"type": type_, "value": secret_line(NUMBER)})
    if found["customer"] is None:
        raise Failed("no customer has this national id")
    if as_json:
        json_document(found)
    else:
        line(found["customer"])


@customer.command("national-id", epilog="\b\nExample:\n  hilo customer national-id 0199c1f2-… EC-cedula --by Eva\n")
@click.argument("who", metavar="IDENTITY_OR_ID")
@click.argument("type_", metavar="TYPE")
@click.option("--by", metavar="NAME", required=True, help="Who sees it; kept beside the customer.")
@JSON
@hub_options
def national_id(who: str, type_: str, by: str, as_json: bool, url: str | None, data: str) -> None:
    """Print a national id of a customer's in clear. Needs a token with the scope identify; who asked is kept."""
    hub = hub_at(url, data)
    shown = hub.post("/v1/customers/national-id/show", {"customer": id_of(hub, who), "type": type_, "by": by})
    if as_json:
        json_document(shown)
    else:
        line(shown["value"])


@customer.command(
    "shared",
    epilog="\b\nExamples:\n  hilo customer shared phone:+593991234567\n"
    "  hilo customer shared email:familia@example.com --not\n",
)
@click.argument("line_", metavar="KIND:VALUE")
@click.option("--not", "is_not", is_flag=True, help="One person answers there after all.")
@BY
@JSON
@hub_options
def shared(line_: str, is_not: bool, by: str | None, as_json: bool, url: str | None, data: str) -> None:
    """Say that several people answer at a phone or an address, so that it alone makes nobody the same person."""
    kind, colon, value = line_.partition(":")
    if not (kind and colon and value):
        raise BadInput("say the line as KIND:VALUE, as in phone:+593991234567")
    wish = {"kind": kind, "value": value, "shared": not is_not} | ({"by": by} if by else {})
    done = hub_at(url, data).post("/v1/identities/shared", wish)
    if as_json:
        json_document(done)
        return
    answers = "several people answer" if done["shared"] else "one person answers"
    line(f"{answers} at {line_}, held by {done['customer']}")


def _no_number(context: click.Context) -> None:
    """Raises `BadInput`, without repeating what was given."""
    if context.args:
        raise BadInput("give no number as an argument, others see it: it is asked for, or read from standard input")
