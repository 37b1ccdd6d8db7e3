"""What Outlook packs, read by us and by the library that believes what it reads: both find the same in honest files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tnefparse import TNEF

from shared.channels.email import tnef
from shared.channels.email.mime import read

FIXTURES = Path(__file__).parents[2] / "fixtures" / "email"


def packed(name: str) -> bytes:
    mail = read((FIXTURES / f"tnef__{name}.eml").read_bytes())
    return next(part.content for part in mail.parts if part.content.startswith(tnef.SIGNATURE))


@pytest.mark.parametrize("name", ["file", "short_name", "body", "html", "old_body"])
def test_we_find_what_the_library_finds(name: str) -> None:
    data = packed(name)
    ours, theirs = tnef.unpack(data), TNEF(data)
    assert ours is not None
    assert ours.is_whole
    assert [file.data for file in ours.files] == [file.data for file in theirs.attachments]
    text = theirs.body[0] if isinstance(theirs.body, list) else theirs.body
    text = text.decode("cp1252") if isinstance(text, bytes) else text
    assert ours.text == (text.rstrip("\0") if text else None)
    page = theirs.htmlbody[0] if isinstance(theirs.htmlbody, list) else theirs.htmlbody
    assert ours.html == (page.decode("utf-8") if isinstance(page, bytes) else page)


def test_counts_that_lie_are_not_believed() -> None:
    unpacked = tnef.unpack(packed("counts_that_lie"))
    assert unpacked is not None
    assert not unpacked.is_whole
    assert unpacked.files == []
