"""Whether a mail comes from the domain that its sender names. Pure.

SES judges first (the receipt of the notice). Which domain it judged stands in the `Authentication-Results` that it
writes on top of the mail; lower ones are the sender's to forge and are never read. Without a receipt nothing is
believed but the top-most block of a server that the configuration trusts by name.
Source: Amazon SES developer guide, "Contents of notifications for email receiving"; RFC 8601; RFC 7489, 3.1.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from shared.channels.email.addresses import listed

Verdict = Literal["pass", "fail", "unknown"]
"""`unknown`: nobody looked, the check could not be made, or the domain publishes nothing to check against."""

SES: Final = "amazonses.com"
"""The name under which SES signs its results."""

_WORDS: Final[Mapping[str, Verdict]] = {"pass": "pass", "fail": "fail", "softfail": "fail", "policy": "fail"}
_LONGEST: Final = 4 * 1024
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[();=]|[^\s();="]+|"')

_OFFICIAL: Final = "ac adv co com ed edu fin gob gov gouv go info jus med mil ne net nom or org pro sch"
_SECOND_LEVELS: Final = frozenset(_OFFICIAL.split())
"""Below a country's two letters nobody's own: `com.ec`, `gob.ec`, `co.uk`."""


class Headers(Protocol):
    """What is asked of a mail."""

    def undecoded(self, name: str) -> list[str]:
        """All values of one header, in order, as they came."""
        ...


@dataclass(frozen=True, slots=True)
class Authentication:
    """`aligned`: the domain that was proved is the one of the From address. `is_authenticated`: that address may find
    and join customers. `domain`: the From domain that all this is about, where there is exactly one."""

    spf: Verdict
    dkim: Verdict
    dmarc: Verdict
    aligned: bool
    is_authenticated: bool
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result: `dkim`, `pass`, and what it was found for (`header.d`: `example.com`)."""

    method: str
    result: str
    properties: Mapping[str, str]


def verdict(mail: Headers, receipt: Mapping[str, Any] | None, *, trusted: str | None = None) -> Authentication:
    """What is known about where the mail came from.

    `receipt`: SES's, as `notice.py` makes it. `trusted`: the name of the server whose top-most results count where
    there is no receipt; without it nothing is known, and the mail is not authenticated.
    """
    domain = from_domain(mail)
    results = _results(mail, SES if receipt is not None else trusted)
    said = _said_by_ses(receipt) if receipt is not None else _said_in(results)
    is_named = _is_about(results, domain)
    by_dmarc = said["dmarc"] == "pass" and is_named
    by_dkim = said["dkim"] == "pass" and said["dmarc"] != "fail" and _has_aligned_signature(results, domain)
    aligned = domain is not None and (by_dmarc or by_dkim)
    return Authentication(said["spf"], said["dkim"], said["dmarc"], aligned, aligned, domain)


def from_domain(mail: Headers) -> str | None:
    """The domain of the one From address, read undecoded; None where there is none, or more than one."""
    values = mail.undecoded("from")
    found = listed(values)
    if len(values) != 1 or len(found) != 1 or found[0].canonical is None:
        return None
    return found[0].canonical.value.rpartition("@")[2]


def _said_by_ses(receipt: Mapping[str, Any]) -> dict[str, Verdict]:
    verdicts = receipt.get("verdicts")
    words = verdicts if isinstance(verdicts, Mapping) else {}
    return {method: _word(words.get(method)) for method in ("spf", "dkim", "dmarc")}


def _said_in(results: list[Result]) -> dict[str, Verdict]:
    said: dict[str, Verdict] = {"spf": "unknown", "dkim": "unknown", "dmarc": "unknown"}
    for one in results:
        if one.method in said and said[one.method] != "pass":
            said[one.method] = _word(one.result)
    return said


def _word(value: object) -> Verdict:
    return _WORDS.get(value.lower(), "unknown") if isinstance(value, str) else "unknown"


def _results(mail: Headers, server: str | None) -> list[Result]:
    """The results of the top-most block, if this server wrote it."""
    blocks = mail.undecoded("authentication-results")
    if server is None or not blocks:
        return []
    name, results = read_results(blocks[0])
    return results if name == server.lower() else []


def _is_about(results: list[Result], domain: str | None) -> bool:
    """Whether DMARC was judged for this domain. Where the results do not say for which, it is the only From there."""
    named = [one.properties.get("header.from") for one in results if one.method == "dmarc"]
    return domain is not None and all(_ascii(name.rpartition("@")[2]) == domain for name in named if name)


def _has_aligned_signature(results: list[Result], domain: str | None) -> bool:
    if domain is None:
        return False
    signers = (
        one.properties.get("header.d") or one.properties.get("header.i", "").rpartition("@")[2]
        for one in results
        if one.method == "dkim" and one.result == "pass"
    )
    return any(is_aligned(_ascii(signer), domain) for signer in signers)


def is_aligned(signer: str, domain: str) -> bool:
    """Relaxed alignment without a list of public suffixes: equal, or one below the other at a dot.

    Stricter than DMARC: two names below the same one are not aligned, and a country's `com.ec` is nobody's.
    """
    shorter, longer = sorted((signer.lower().strip("."), domain.lower().strip(".")), key=len)
    labels = shorter.split(".")
    is_public = len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SECOND_LEVELS
    if len(labels) < 2 or not all(labels) or is_public:
        return False
    return longer == shorter or longer.endswith("." + shorter)


def _ascii(domain: str) -> str:
    """In its IDNA form, small letters; as it came where it has none."""
    domain = domain.strip().rstrip(".").lower()
    if domain.isascii():
        return domain
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return domain


def read_results(value: str) -> tuple[str, list[Result]]:
    """An Authentication-Results header: who wrote it, and each method's result. Never raises, linear in its length."""
    groups = _groups(value[:_LONGEST])
    server = groups[0][0].lower() if groups[0] else ""
    return server, [result for group in groups[1:] if (result := _result(group)) is not None]


def _groups(value: str) -> list[list[str]]:
    """The tokens between semicolons, comments left out."""
    groups: list[list[str]] = [[]]
    depth = 0
    for sign in _TOKEN.findall(value):
        if sign in "()":
            depth = max(0, depth + (1 if sign == "(" else -1))
        elif depth:
            continue
        elif sign == ";":
            groups.append([])
        else:
            groups[-1].append(sign.strip('"') if sign[:1] == '"' else sign)
    return groups


def _result(tokens: list[str]) -> Result | None:
    """`method[/version] = result [property = value …]`."""
    pairs = {
        tokens[at - 1].lower(): tokens[at + 1] for at in range(1, len(tokens) - 1) if tokens[at] == "=" and at % 3 == 1
    }
    if not pairs:
        return None
    (method, result), *properties = pairs.items()
    return Result(method.split("/")[0], result.lower(), dict(properties))
