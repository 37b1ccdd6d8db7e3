"""What an agent reads of a file in a ticket: its name, where it is, and what to beware of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from shared.domain.event import StoredFile

Words: TypeAlias = Mapping[str, str]

ES: Final[Words] = {
    "late_file": "Archivo del mensaje {target}:",
    "file_gone": "el canal ya no lo tiene",
    "file_refused": "no se bajó, por seguridad",
    "file_too_large": "demasiado grande para guardarlo",
    "file_failed": "no se pudo bajar",
    "file_dangerous": "CUIDADO: puede dañar su equipo, no lo abra sin revisarlo",
    "file_until": "{url} (hasta {at})",
}
PT: Final[Words] = {
    "late_file": "Arquivo da mensagem {target}:",
    "file_gone": "o canal já não o tem",
    "file_refused": "não foi baixado, por segurança",
    "file_too_large": "grande demais para ser guardado",
    "file_failed": "não foi possível baixá-lo",
    "file_dangerous": "CUIDADO: pode danificar seu computador, não o abra sem verificar",
    "file_until": "{url} (até {at})",
}
EN: Final[Words] = {
    "late_file": "File of message {target}:",
    "file_gone": "the channel no longer has it",
    "file_refused": "not fetched, for safety",
    "file_too_large": "too large to be kept",
    "file_failed": "could not be fetched",
    "file_dangerous": "CAUTION: it may harm your computer, do not open it unchecked",
    "file_until": "{url} (until {at})",
}


def told_of(stored: StoredFile, words: Words) -> str:
    """Name, size, what is wrong with it, and the link, as far as they are known."""
    if stored.state != "fetched":
        return f"{stored.filename}, {words[f'file_{stored.state}']}"
    said = [stored.filename, size_text(stored.size or 0)]
    if stored.dangerous:
        said.append(words["file_dangerous"])
    if stored.url and stored.expires_at:
        said.append(words["file_until"].format(url=stored.url, at=f"{stored.expires_at:%Y-%m-%d %H:%M} UTC"))
    return ", ".join(said)


def size_text(size: int) -> str:
    """`17 B`, `12 KB`, `3.4 MB`."""
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.0f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"
