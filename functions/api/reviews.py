"""`GET /v1/reviews/{kind}`: a review as things stand, to look at. Nothing is sent and nothing kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, get_args
from zoneinfo import ZoneInfo

from functions.api.answers import Answer, data
from shared.application.inquire_days import day_of
from shared.application.inquire_errors import BadQuestion, NotFound
from shared.application.inquire_kpis import LANGUAGES
from shared.application.inquire_parts import check_parts
from shared.application.kpis_csv import CONTENT_TYPE
from shared.application.review_reading import Reading, read_review
from shared.configuration.reviews import ReviewSettings
from shared.domain.reviews.model import Kind
from shared.domain.reviews.page import page
from shared.domain.reviews.sheet import sheet
from shared.domain.reviews.told import told

if TYPE_CHECKING:
    from shared.configuration import Config
    from shared.ports.surroundings import Clock
    from shared.ports.table import Table

PARTS: Final = frozenset({"date", "brand", "lang", "format"})


def shown(table: Table, config: Config, kind: str, query: Mapping[str, str], clock: Clock) -> Answer:
    """`?date=&brand=&lang=&format=html|csv|json`; without a date of yesterday and the days before. Raises
    `BadQuestion`, `NotFound`."""
    if kind not in get_args(Kind):
        raise NotFound("there are daily and weekly reviews")
    check_parts(query, PARTS)
    form = _one_of(query, "format", ("html", "csv", "json"), "html")
    now = datetime.fromtimestamp(int(clock()), UTC)
    reading = _reading(config, "weekly" if kind == "weekly" else "daily", query, now)
    review = read_review(table, config, reading, now)
    if form == "json":
        return data(told(review))
    headers = {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}
    if form == "html":
        policy = "default-src 'none'; style-src 'unsafe-inline'"
        return Answer(200, page(review).encode(), headers | {"content-security-policy": policy})
    return Answer(200, sheet(review).encode(), headers | {"content-type": CONTENT_TYPE})


def _reading(config: Config, kind: Kind, query: Mapping[str, str], now: datetime) -> Reading:
    """What is not said is as the brand's own reviews are configured."""
    names = tuple(brand.name for brand in config.brands)
    brand = _one_of(query, "brand", names, names[0])
    own: ReviewSettings | None = next((one for one in config.reviews if one.brand == brand), None)
    language = _one_of(query, "lang", LANGUAGES, own.language if own else "es")
    yesterday = now.astimezone(ZoneInfo(config.brand(brand).time_zone)).date() - timedelta(days=1)
    return Reading(
        kind,
        brand,
        day_of(query, "date", yesterday),
        "en" if language == "en" else "pt" if language == "pt" else "es",
        own.weekly_cost_cents if own else None,
    )


def _one_of(query: Mapping[str, str], name: str, known: tuple[str, ...], otherwise: str) -> str:
    text = query.get(name, otherwise)
    if text not in known:
        raise BadQuestion(f"{name}: one of {', '.join(known)}")
    return text
