"""What an operation costs, by DynamoDB's rules ("Read and write operations" in its developer guide)."""

from __future__ import annotations

from typing import Final

from local.sqlite.attributes import INDEX_ATTRIBUTES, Image, index_keys, size_of

READ_BYTES: Final = 4096
WRITE_BYTES: Final = 1024


def consistent_read(size: int) -> float:
    """1 RCU for each 4 KB begun; reading nothing costs 1."""
    return float(max(1, -(-size // READ_BYTES)))


def eventual_read(size: int) -> float:
    """Half of a consistent read: what an index costs."""
    return consistent_read(size) / 2


def write(old_size: int, new_size: int) -> float:
    """1 WRU for each 1 KB begun of the larger of before and after; changing nothing costs 1."""
    return float(max(1, -(-max(old_size, new_size) // WRITE_BYTES)))


def index_writes(old: Image | None, new: Image | None) -> float:
    """1 for an entry that comes or goes (each KB begun), 2 for one that moves, 0 for one that stays."""
    return sum(_index_write(index, old, new) for index in INDEX_ATTRIBUTES)


def _index_write(index: str, old: Image | None, new: Image | None) -> float:
    before = old and index_keys(old, index)
    after = new and index_keys(new, index)
    if before == after:
        return 0.0
    return sum(
        write(0, index_entry_size(index, image))
        for image, keys in ((old, before), (new, after))
        if image is not None and keys
    )


def index_entry_size(index: str, image: Image) -> int:
    """An index holds the item's keys and its own two."""
    names = ("pk", "sk", *INDEX_ATTRIBUTES[index])
    return size_of({name: image[name] for name in names})
