"""How much work a page makes, told before a parser sees it.

HTML parsers, compiled ones too, take time and memory by the depth of every tag: elements in one another, and fonts
never ended that begin anew in each paragraph. Browsers stop at some depth; what reads mails stops before. Coarser than
`html_weight.py`, which says of what is left whether a parser may read it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

DEEPEST: Final = 1000
"""Elements in one another."""
BUDGET: Final = 1_500_000
"""The depths of all tags together. A long newsletter stays under a fifth of it."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})")
_FLAT_NAMES: Final = (
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th tbody thead tfoot option"
    " colgroup"
)
_FLAT: Final = frozenset(_FLAT_NAMES.split())
"""What holds nothing, or ends where the next of its kind begins."""


def bearable(page: str) -> str:
    """The page as far as it can be read in good time; all of it, but for what somebody made to be a burden."""
    if len(page) < DEEPEST:
        return page
    opened: Counter[str] = Counter()
    depth = spent = 0
    for tag in _TAG.finditer(page):
        spent += depth + 1
        if spent > BUDGET or depth > DEEPEST:
            return page[: tag.start()]
        name = tag[2].lower()
        if name in _FLAT:
            continue
        if not tag[1]:
            opened[name] += 1
            depth += 1
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    return page
