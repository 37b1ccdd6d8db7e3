"""What a company configures. Read-only; made by `load`, which checks what one entry says of another."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, InstanceOf

from shared.configuration.calendars import HolidayUse
from shared.configuration.cases import CaseRules
from shared.configuration.media import MediaRules
from shared.configuration.outside import OutsideNumbers
from shared.configuration.people import IdentityRules, OptOutWords
from shared.configuration.reviews import ReviewSettings
from shared.configuration.surveys import SurveySettings
from shared.configuration.values import AccountId, ChannelName, Country, Languages, Name, SecretName, TimeZone
from shared.configuration.windows import Windows
from shared.domain.business_time.levels import ServiceLevels
from shared.domain.figures.rules import Limits
from shared.domain.journeys.rules import JourneyRules


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Brand(_Settings):
    """A brand: cases never join across two. `languages`, the first one preferred."""

    name: Name
    languages: Languages
    default_country: Country
    time_zone: TimeZone


class KnockTemplate(_Settings):
    """An approved template that asks a customer to write again, once the time to answer freely is over."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]
    parameters: list[Annotated[str, Field(min_length=1, max_length=1024)]] = Field(default_factory=list)


class Account(_Settings):
    """Our end of a channel, for e-mail a mailbox. `secret` is the name of one, never its value. `template`: sent where
    an answer comes too late to be sent itself. `display_name`: what customers read beside an agent's name, where a
    channel shows one. `trusts_local_mail`: in the embedded run alone, mail that is posted on its own port to this
    mailbox counts as authenticated.
    `page`, `login`: of Instagram accounts alone, the Page that one is linked to, whose id some deliveries give in its
    place, and by which login it was connected.
    `human_agent`, `reply_to`: of Messenger and Instagram, that Meta approved the feature by which agents answer for
    seven days, and that an answer names the message it answers by its id."""

    channel: ChannelName
    id: AccountId
    brand: Name
    portfolio: Name = "default"
    secret: SecretName | None = None
    template: KnockTemplate | None = None
    display_name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = None
    trusts_local_mail: bool = False
    page: AccountId | None = None
    login: Literal["facebook", "instagram"] | None = None
    human_agent: bool = False
    reply_to: bool = False


class ConnectorSettings(_Settings):
    """One CRM or helpdesk. `brands`: those it is told of, None for all. `options`: the kind's own model.

    `max_concurrent`: how many workers may call it at a time, where it bears fewer than the hub would send.
    `adopt_tickets`: an import makes cases of its open tickets.
    `sweep_minutes`: so often a tool that can be asked is asked what changed, so that a lost webhook loses nothing.
    """

    name: Name
    kind: Name
    secret: SecretName
    brands: list[Name] | None = None
    max_concurrent: int | None = Field(default=None, ge=1, le=1000)
    adopt_tickets: bool = False
    sweep_minutes: int = Field(default=5, ge=1, le=5)
    options: Any = None


class Config(_Settings):
    """The whole configuration, with at least one brand."""

    brands: list[Brand]
    accounts: list[Account]
    connectors: list[ConnectorSettings]
    windows: Windows
    cases: CaseRules = CaseRules()
    identity: IdentityRules = IdentityRules()
    opt_out: OptOutWords = OptOutWords()
    media: MediaRules = MediaRules()
    surveys: list[SurveySettings] = Field(default_factory=list)
    reviews: list[ReviewSettings] = Field(default_factory=list)
    outside_numbers: list[OutsideNumbers] = Field(default_factory=list)
    journeys: JourneyRules = JourneyRules()
    service_levels: InstanceOf[ServiceLevels] = ServiceLevels()
    holiday_uses: tuple[InstanceOf[HolidayUse], ...] = ()
    kpi: InstanceOf[Limits] = Limits()

    def account(self, channel: str, account_id: str) -> Account | None:
        """The account with this id; mailboxes are the same in capitals, and an Instagram account answers to the id of
        its Page, too."""
        wanted = _account_key(channel, account_id)
        own = (found for found in self.accounts if _account_key(found.channel, found.id) == wanted)
        by_page = (found for found in self.accounts if found.page and (found.channel, found.page) == wanted)
        return next(own, None) or next(by_page, None)

    def brand(self, name: str) -> Brand:
        """The brand of this name. Raises KeyError."""
        for found in self.brands:
            if found.name == name:
                return found
        raise KeyError(name)

    def brand_of(self, channel: str, account_id: str) -> tuple[Brand, bool]:
        """The brand of an account, and whether the account is known: an unknown one is the first brand's."""
        account = self.account(channel, account_id)
        return (self.brand(account.brand), True) if account else (self.brands[0], False)

    def survey_of(self, brand: str) -> SurveySettings | None:
        """What a brand's customers are asked; None for nothing."""
        return next((found for found in self.surveys if found.brand == brand), None)

    def connector(self, name: str) -> ConnectorSettings | None:
        """The connector of this name."""
        return next((found for found in self.connectors if found.name == name), None)

    def connectors_of(self, brand: str) -> list[ConnectorSettings]:
        """The connectors that are told of a brand's cases, in the order of the file."""
        return [found for found in self.connectors if found.brands is None or brand in found.brands]


def _account_key(channel: str, account_id: str) -> tuple[str, str]:
    return channel, account_id.lower() if channel == "email" else account_id
