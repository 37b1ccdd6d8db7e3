"""Every mail of the corpus against what must come of it.

In an expectation a field that is absent must be absent in the event, but for `flags` of identity, which `proved` says:
nobody vouched for the sender unless it is true. `files`: name, type and size, null where either may be anything;
`text_has`, `quoted_has`, `html_lacks` instead of the whole where that is too long to write down.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.channels.email.parse import parse
from shared.channels.email.people import UNKNOWN_SENDER, UNVERIFIED
from shared.domain.event import Event

FIXTURES = Path(__file__).parents[2] / "fixtures" / "email"
MAILS = sorted(FIXTURES.glob("*.eml"))
WHOLE = ("kind", "subject", "account", "token", "message_ref", "in_reply_to", "reason")


def expected_of(mail: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads(mail.with_suffix(".expected.json").read_text("utf-8"))
    return expected


def read(mail: Path) -> tuple[dict[str, Any], Event]:
    expected = expected_of(mail)
    raw: dict[str, Any] = {"mail": mail.read_bytes()}
    if "receipt" in expected:
        raw["receipt"] = expected["receipt"]
    return expected, parse(raw)


def by_name(mail: Path) -> str:
    return mail.stem


def test_the_corpus_is_whole() -> None:
    assert len(MAILS) >= 120
    assert {mail.stem for mail in MAILS} == {
        path.name.removesuffix(".expected.json") for path in FIXTURES.glob("*.json")
    }
    told = (FIXTURES / "README.md").read_text("utf-8")
    assert [mail.stem for mail in MAILS if f"| `{mail.stem.partition('__')[2]}` |" not in told] == []


@pytest.mark.parametrize("mail", MAILS, ids=by_name)
def test_what_comes_of_it(mail: Path) -> None:
    expected, event = read(mail)
    dump = event.dump()
    said = {name: dump.get(name) for name in WHOLE if name != "reason" or name in expected}
    assert said == {name: expected.get(name) for name in said}
    assert dump.get("occurred_at") == expected["occurred_at"]
    assert dump["references"] == expected.get("references", [])
    assert dump["forwarded"] is expected.get("forwarded", False)
    proved = [] if expected.get("proved") or expected["sender"] is None else ["unauthenticated"]
    flags = [flag for flag in dump["flags"] if flag != "unauthenticated" or expected["sender"]]
    assert sorted(flags) == sorted([*expected.get("flags", []), *proved])


@pytest.mark.parametrize("mail", MAILS, ids=by_name)
def test_who_wrote_it(mail: Path) -> None:
    expected, event = read(mail)
    [identity] = event.identities
    assert identity.level == "channel"
    assert event.display_name == expected["name"]
    if expected["sender"] is None:
        assert (identity.kind, identity.namespace, identity.address) == ("external", UNKNOWN_SENDER, None)
        return
    assert (identity.kind, identity.value) == ("email", expected["sender"])
    assert identity.namespace == (None if expected.get("proved") else UNVERIFIED)
    assert identity.address is not None
    assert identity.address == expected.get("address", identity.address)


@pytest.mark.parametrize("mail", MAILS, ids=by_name)
def test_what_is_written_in_it(mail: Path) -> None:
    expected, event = read(mail)
    if "text_has" in expected:
        assert expected["text_has"] in (event.text or "")
    else:
        assert event.text == expected["text"]
    if "quoted_has" in expected:
        assert expected["quoted_has"] in (event.quoted_text or "")
    else:
        assert event.quoted_text == expected.get("quoted")
    if "html_lacks" in expected:
        assert [word for word in expected["html_lacks"] if word in (event.html or "")] == []
    else:
        assert event.html == expected.get("html")


@pytest.mark.parametrize("mail", MAILS, ids=by_name)
def test_which_files_it_has(mail: Path) -> None:
    expected, event = read(mail)
    files = [(file.filename, file.mime_type, file.size) for file in event.attachments]
    wanted = [tuple(file) for file in expected.get("files", [])]
    assert len(files) == len(wanted)
    for file, told in zip(files, wanted, strict=True):
        assert [one for one, other in zip(file, told, strict=True) if other is not None and one != other] == []
    assert all(len(file.sha256 or "") == 64 and file.provider_id for file in event.attachments)
    assert len({file.provider_id for file in event.attachments}) == len(files)
    if "paths" in expected:
        assert [file.provider_id for file in event.attachments] == expected["paths"]
    if "cids" in expected:
        assert [file.content_id for file in event.attachments if file.content_id] == expected["cids"]
