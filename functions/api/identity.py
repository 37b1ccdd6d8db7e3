"""What staff say of identities, over the API: national ids they have seen, lines that several answer. What is asked
is read without trust; a national id comes in the body alone, never in an address that others log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shared.application.inquire import is_id, profile_of
from shared.application.inquire_errors import BadQuestion
from shared.application.record.national_ids import customer_by_national_id, note_national_id, show_national_id
from shared.application.record.shared_lines import mark_shared
from shared.domain.identity import KINDS, Invalid, canonical

if TYPE_CHECKING:
    from shared.application.record import Context
    from shared.ports.surroundings import Secrets

MAX_TEXT: Final = 500


def noted(context: Context, secrets: Secrets, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"customer": id, "type", "value", "by"?}`: staff have seen this national id. Answers with its mask alone."""
    _only(asked, "customer", "type", "value", "by")
    customer = _customer(context, asked)
    type_, value = _text(asked, "type"), _text(asked, "value")
    done = note_national_id(context, secrets, customer, type_, value, by=_by(asked))
    shown: dict[str, Any] = {"customer": done.customer, "type": done.type, "mask": done.mask}
    return {**shown, "unconfirmed": done.unconfirmed, "same": done.same}


def found(context: Context, secrets: Secrets, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"type", "value"}`: the customer who has this national id, null where nobody has."""
    _only(asked, "type", "value")
    customer = customer_by_national_id(context, secrets, _text(asked, "type"), _text(asked, "value"))
    return {"customer": customer}


def shown(context: Context, secrets: Secrets, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"customer": id, "type", "by"}`: their national id of this type, in clear. `by` is kept: who saw it."""
    _only(asked, "customer", "type", "by")
    customer, type_, by = _customer(context, asked), _text(asked, "type"), _text(asked, "by")
    done = show_national_id(context, secrets, customer, type_, by=by)
    return {"customer": done.customer, "type": done.type, "value": done.value}


def shared(context: Context, _: Secrets, asked: dict[str, Any]) -> dict[str, Any]:
    """`{"kind", "value", "namespace"?, "shared": true|false, "by"?}`: whether several people answer there."""
    _only(asked, "kind", "value", "namespace", "shared", "by")
    kind, value = _text(asked, "kind"), _text(asked, "value")
    if kind not in KINDS:
        raise BadQuestion(f"kind: one of {', '.join(KINDS)}")
    if not isinstance(asked.get("shared"), bool):
        raise BadQuestion("shared: true or false")
    namespace = _text(asked, "namespace") if asked.get("namespace") is not None else None
    try:
        one = canonical(kind, value, context.config.brands[0].default_country)
    except Invalid as invalid:
        raise BadQuestion(f"value: {invalid.reason}") from None
    holder = mark_shared(context, kind, one.value, namespace, shared=asked["shared"], by=_by(asked))
    return {"customer": holder, "shared": asked["shared"]}


def _customer(context: Context, asked: dict[str, Any]) -> str:
    """A customer that exists. Raises `BadQuestion`, `NotFound`."""
    customer = asked.get("customer")
    if not isinstance(customer, str) or not is_id(customer):
        raise BadQuestion("customer: the id of a customer")
    profile_of(context.table, customer)
    return customer


def _text(asked: dict[str, Any], part: str) -> str:
    text = asked.get(part)
    if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT:
        raise BadQuestion(f"{part}: a text of 1 to {MAX_TEXT} characters")
    return text


def _by(asked: dict[str, Any]) -> str:
    return _text(asked, "by") if asked.get("by") is not None else "api"


def _only(asked: dict[str, Any], *parts: str) -> None:
    if set(asked) - set(parts):
        raise BadQuestion(f"body: only {', '.join(parts)}")
