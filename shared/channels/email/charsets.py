"""Bytes to text, whatever the charset is said to be. Nothing raises, and no lone surrogate comes out.

A declared charset is read by the larger one that its senders mean (gb2312 is gb18030, latin-1 is Windows-1252). Where
that fails or nothing is declared: UTF-8, then detection, then Windows-1252, which has a sign for every byte.
Sources: the WHATWG Encoding Standard's labels, and mails seen in the field.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import Final

from shared.domain.event import printable

SAMPLE: Final = 32 * 1024
"""Bytes that detection looks at."""

WESTERN: Final = "cp1252"

SUPERSETS: Final[dict[str, str]] = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-gb2312": "gb18030",
    "gb2312-80": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "windows-936": "gb18030",
    "euc-cn": "gb18030",
    "chinese": "gb18030",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "shift-jis": "cp932",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms-kanji": "cp932",
    "windows-31j": "cp932",
    "euc-jp": "euc_jp",
    "x-euc-jp": "euc_jp",
    "ks-c-5601-1987": "cp949",
    "ks-c-5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "korean": "cp949",
    "windows-949": "cp949",
    "big5": "cp950",
    "big-5": "cp950",
    "x-big5": "cp950",
    "iso-8859-1": WESTERN,
    "iso8859-1": WESTERN,
    "latin1": WESTERN,
    "latin-1": WESTERN,
    "l1": WESTERN,
    "iso-latin-1": WESTERN,
    "windows-1252": WESTERN,
    "cp1252": WESTERN,
    "cp-1252": WESTERN,
    "ansi": WESTERN,
    "ansi-x3.110-1983": WESTERN,
    "x-ansi": WESTERN,
    "iso-8859-9": "cp1254",
    "latin5": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "cp1255",
    "iso-8859-8-e": "cp1255",
    "iso-8859-8": "cp1255",
    "macintosh": "mac_roman",
    "mac": "mac_roman",
    "x-mac-roman": "mac_roman",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "x-utf-8": "utf-8",
    "x-utf8": "utf-8",
    "utf-8-mac": "utf-8",
    "cp65001": "utf-8",
    "65001": "utf-8",
}
"""What a name means, where Python means less by it or does not know it. Names in small letters, `_` as `-`."""

_ASCII: Final = frozenset({"", "ascii", "us-ascii", "ansi-x3.4-1968", "iso646-us", "646", "7bit"})
_UNKNOWN: Final = frozenset(
    {
        "unknown",
        "x-unknown",
        "unknown-8bit",
        "8bit",
        "binary",
        "default",
        "default-charset",
        "none",
        "auto",
        "user-defined",
    }
)
_SINGLE_BYTE_WEST: Final = frozenset({WESTERN, "cp1254", "iso8859-15", "mac_roman", "mac-roman", "cp850", "cp437"})
_NO_TEXT: Final = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "charmap", "utf_7"}
)
"""Codecs of Python's that no mail means: some take quadratic time, some read escapes. UTF-7 only where declared so."""

_CANDIDATES: Final = (
    *("cp1252", "cp1251", "koi8_r", "cp1250", "cp1253", "cp1255", "cp1256", "cp1254"),
    *("cp932", "euc_jp", "gb18030", "cp950", "cp949", "utf_16", "utf_16_le", "utf_16_be"),
)
"""What detection may answer: with fewer to choose from it errs less on short texts."""

_HIGH = re.compile(rb"[\x80-\xff]")
_LETTERS = re.compile(rb"[A-Za-z\x80-\xff]")
_JAPANESE = re.compile(rb"\x1b(?:\$[@B]|\(J)")
_DOUBLE = re.compile(rb"\x1b\$[@B]([^\x1b]*)(?:\x1b\([BJ])?")
_TO_EUC = bytes(sign | 0x80 if 0x21 <= sign <= 0x7E else sign for sign in range(256))


def decoded(data: bytes, charset: str | None = None) -> str:
    """The text. `charset` is what the sender said, in any spelling, or None."""
    if data[:3] == codecs.BOM_UTF8:
        data = data[3:]
    codec = codec_of(charset)
    if codec is None or codec == "ascii":
        return _plain(data) or printable(_guessed(data))
    if codec in _SINGLE_BYTE_WEST:
        # Programs that write UTF-8 and say latin-1 are common; latin-1 that is whole UTF-8 by chance is not.
        return _utf8(data) if _is_utf8(data) else printable(_western(data, codec))
    try:
        return printable(data.decode(codec))
    except (UnicodeError, LookupError, ValueError):
        return printable(_failed(data, codec))


@lru_cache(maxsize=256)
def codec_of(charset: str | None) -> str | None:
    """The codec for a declared charset; None where nothing usable is declared."""
    name = (charset or "").strip().strip("\"'").lower().replace("_", "-").removeprefix("charset=")
    if name in _ASCII:
        return "ascii" if name else None
    if name in _UNKNOWN or len(name) > 60:
        return None
    meant = SUPERSETS.get(name)
    if meant:
        return meant
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return _misspelt(name)
    is_text = getattr(found, "_is_text_encoding", True)
    if not is_text or (found.name.replace("-", "_") in _NO_TEXT and name not in ("utf-7", "utf7")):
        return None
    return SUPERSETS.get(found.name.replace("_", "-"), found.name)


def _misspelt(name: str) -> str | None:
    """`windows1252`, `cp-1252`, `iso88591`, `utf-8;` and their like."""
    tried = re.sub(r"[^a-z0-9]", "", name)
    if tried in ("utf8", "utf8mb4"):
        return "utf-8"
    if found := re.fullmatch(r"(?:windows|win|cp|wincp)(\d{3,4})", tried):
        return _known(f"cp{found[1]}")
    if found := re.fullmatch(r"(?:iso|latin)?8859(\d{1,2})", tried):
        return SUPERSETS.get(f"iso-8859-{found[1]}") or _known(f"iso8859-{found[1]}")
    return None


def _known(name: str) -> str | None:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def _plain(data: bytes) -> str:
    """Seven-bit text, without Japanese escapes; else nothing."""
    return data.decode("ascii") if data.isascii() and b"\x1b" not in data else ""


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _utf8(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _western(data: bytes, codec: str = WESTERN) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _failed(data: bytes, codec: str) -> str:
    """Of data that are not what they were said to be. A few bad bytes in much that is right are only bad bytes."""
    if _JAPANESE.search(data):
        return _vendors_japanese(data)
    if _is_utf8(data):
        return _utf8(data)
    try:
        rough = data.decode(codec, "replace")
    except (UnicodeError, LookupError, ValueError):
        return _guessed(data)
    bad = rough.count("\N{REPLACEMENT CHARACTER}")
    foreign = sum(1 for sign in rough if sign > "\x7f")
    return rough if bad * 10 <= foreign else _guessed(data)


def _vendors_japanese(data: bytes) -> str:
    """iso-2022-jp with signs that only the vendors' tables have: they stand in JIS X 0213, too."""
    out, place = [], 0
    for found in _DOUBLE.finditer(data):
        out += [data[place : found.start()].decode("ascii", "replace")]
        out += [found[1].translate(_TO_EUC).decode("euc_jis_2004", "replace")]
        place = found.end()
    return "".join([*out, data[place:].decode("ascii", "replace")])


def _guessed(data: bytes) -> str:
    if data.isascii() and _JAPANESE.search(data):
        return _vendors_japanese(data)
    if _is_utf8(data):
        return _utf8(data)
    sample = data[:SAMPLE]
    high, letters = len(_HIGH.findall(sample)), len(_LETTERS.findall(sample))
    # Few accents among many letters: a Western language, on which statistics of short texts only err.
    if high * 3 <= letters and b"\x00" not in sample:
        return _mostly_utf8(data) or _western(data)
    return _mostly_utf8(data) or _detected(data, sample)


def _mostly_utf8(data: bytes) -> str:
    """UTF-8 that was cut in the middle of a character or has a stray byte; else nothing."""
    rough = _utf8(data)
    bad = rough.count("\N{REPLACEMENT CHARACTER}")
    good = sum(1 for sign in rough if sign > "\x7f") - bad
    return rough if good > 4 * bad else ""


def _detected(data: bytes, sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(
        sample, steps=3, chunk_size=256, cp_isolation=list(_CANDIDATES), preemptive_behaviour=False
    ).best()
    if best is None:
        return _western(data)
    return data.decode(best.encoding, "replace")
