"""Which files may harm whoever opens them, and how such are handed out. Pure, standard library."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from shared.domain.media_names import plain_type

Danger = Literal["executable", "script", "macros", "active_content", "archive_bomb", "shortcut", "disk_image"]


def _each(words: str, danger: Danger) -> dict[str, Danger]:
    return dict.fromkeys(words.split(), danger)


_BY_ENDING: Final[Mapping[str, Danger]] = MappingProxyType(
    _each(
        "apk app appimage com cpl deb dll elf exe gadget ipa jar msc msi msix msp ocx out pif rpm run scr so sys xpi",
        "executable",
    )
    | _each(
        "ade adp bas bat chm cmd csh hta inf ins isp js jse mjs pl ps1 ps1xml ps2 psc1 psd1 psm1 py pyc pyw rb reg "
        "sct sh vb vbe vbs wsc wsf wsh xll",
        "script",
    )
    | _each("docm dotm pptm potm ppam ppsm sldm xlsm xltm xlam xlsb", "macros")
    | _each("htm html mht mhtml shtml svg svgz swf xht xhtml xml xsl xslt", "active_content")
    | _each("appref-ms desktop library-ms lnk scf search-ms settingcontent-ms url webloc website", "shortcut")
    | _each("dmg img iso vhd vhdx", "disk_image")
)
"""By ending, in whichever case."""

_BY_TYPE: Final[Mapping[str, Danger]] = MappingProxyType(
    {
        "application/java-archive": "executable",
        "application/vnd.android.package-archive": "executable",
        "application/vnd.microsoft.portable-executable": "executable",
        "application/x-dosexec": "executable",
        "application/x-elf": "executable",
        "application/x-executable": "executable",
        "application/x-mach-binary": "executable",
        "application/x-msdos-program": "executable",
        "application/x-msdownload": "executable",
        "application/x-msi": "executable",
        "application/x-sharedlib": "executable",
        "application/hta": "script",
        "application/javascript": "script",
        "application/x-javascript": "script",
        "application/x-bat": "script",
        "application/x-powershell": "script",
        "application/x-python-code": "script",
        "application/x-sh": "script",
        "application/x-shellscript": "script",
        "text/javascript": "script",
        "text/x-python": "script",
        "text/x-shellscript": "script",
        "application/vnd.ms-excel.sheet.macroenabled.12": "macros",
        "application/vnd.ms-powerpoint.presentation.macroenabled.12": "macros",
        "application/vnd.ms-word.document.macroenabled.12": "macros",
        "application/x-shockwave-flash": "active_content",
        "application/xhtml+xml": "active_content",
        "application/xml": "active_content",
        "image/svg+xml": "active_content",
        "multipart/related": "active_content",
        "text/html": "active_content",
        "text/xml": "active_content",
        "application/x-ms-shortcut": "shortcut",
        "application/x-apple-diskimage": "disk_image",
        "application/x-iso9660-image": "disk_image",
    }
)

_BEGINNINGS: Final[tuple[tuple[bytes, Danger], ...]] = (
    (b"MZ", "executable"),
    (b"\x7fELF", "executable"),
    (b"\xfe\xed\xfa\xce", "executable"),
    (b"\xfe\xed\xfa\xcf", "executable"),
    (b"\xce\xfa\xed\xfe", "executable"),
    (b"\xcf\xfa\xed\xfe", "executable"),
    (b"\xca\xfe\xba\xbe", "executable"),
    (b"dex\n", "executable"),
    (b"#!", "script"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "shortcut"),
)
_ACTIVE: Final = re.compile(rb"<\s*(!doctype\s+html|html|head|body|script|svg|iframe|\?xml)\b", re.IGNORECASE)
_LOOKED_AT: Final = 4096
_PROLOGUE: Final = re.compile(rb"\A(\xef\xbb\xbf)?\s*(<!--.{0,2000}?-->\s*)*", re.DOTALL)


def danger_of(name: str, mime_type: str | None, declared: str | None, head: bytes) -> Danger | None:
    """Why a file may harm whoever opens it, None where nothing says so: by its name, its types and how it begins.

    `head`: its first bytes, some thousands. Of `invoice.pdf.exe` the last ending counts, as it does for a system.
    """
    ending = name.rpartition(".")[2].casefold() if "." in name else ""
    by_type = (_BY_TYPE.get(plain_type(one) or "") for one in (mime_type, declared))
    found = (_BY_ENDING.get(ending), _by_head(head), *by_type)
    return next((one for one in found if one), None)


def _by_head(head: bytes) -> Danger | None:
    for beginning, danger in _BEGINNINGS:
        if head.startswith(beginning):
            return danger
    text = head[:_LOOKED_AT]
    for encoding in ("utf-16-le", "utf-16-be"):
        if text.startswith((b"\xff\xfe", b"\xfe\xff")) and text.startswith("\ufeff".encode(encoding)):
            text = text.decode(encoding, "ignore").encode("utf-8", "ignore")
    begun = _PROLOGUE.match(text)
    return "active_content" if begun and _ACTIVE.match(text, begun.end()) else None


INLINE: Final = re.compile(r"image/(gif|jpeg|png|webp)|audio/[a-z0-9.+-]+|video/[a-z0-9.+-]+|application/pdf")
"""Types that a browser may show by itself; all else is only saved."""


def shown_as(mime_type: str | None, *, dangerous: bool) -> tuple[str, str]:
    """Content-Type and disposition with which a file is handed out."""
    known = plain_type(mime_type)
    if dangerous or known is None:
        return "application/octet-stream", "attachment"
    return (known, "inline") if INLINE.fullmatch(known) else (known, "attachment")
