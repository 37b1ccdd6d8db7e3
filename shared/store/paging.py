"""A question that is answered in several pages."""

from __future__ import annotations

from collections.abc import Iterator

from shared.ports.table import Index, Item, Table


def every_item(
    table: Table,
    pk: str,
    prefix: str = "",
    *,
    index: Index | None = None,
    after: str | None = None,
    page_size: int | None = None,
    descending: bool = False,
) -> Iterator[Item]:
    """What `Table.query` gives, page after page. A page is read when it is come to: who stops early does not pay for
    the rest. 1 RCU per 4 KB."""
    while True:
        page = table.query(pk, prefix, index=index, after=after, limit=page_size, descending=descending)
        yield from page.items
        after = page.next
        if after is None:
            return
