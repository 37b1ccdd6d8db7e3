"""Whether a Page or an Instagram account sends to the hub, and the hub may send from it.

What Meta calls subscribing has two halves: the app's fields in its dashboard, which need the app's own token to be read
and which the hub has not; and the Page or account itself, which is looked at here and mended where that is asked for.
Source: messenger_instagram.md, "Three flavours" and "Pitfalls", 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from shared.domain.errors import HubError, Misconfigured
from shared.domain.held import Checked
from shared.meta.asking import HEARD, Asking, error_text, held, items_in, scopes
from shared.meta.graph import Tokens

if TYPE_CHECKING:
    from shared.ports.surroundings import Secrets


@dataclass(frozen=True, slots=True)
class Flavour:
    """How one kind of account is connected. `node`: what sends, as the host knows it. `ask`: what proves who it is: a
    path with its fields, and where in the answer the id of `account` must stand. `fields`: what the node itself is
    subscribed to; another flavour's names are refused, and then nothing is subscribed. `begins`: how its tokens begin,
    `whose` they are."""

    host: str
    node: str
    account: str
    ask: str
    found_in: Callable[[Mapping[str, Any]], Any]
    fields: tuple[str, ...]
    scopes: tuple[str, ...]
    begins: str
    whose: str
    asks_token: bool = True


class SocialSetup:
    """One account of this flavour. `secret`: the name of its secret. `played`: without a token a stand-in answers for
    it, as in the embedded run."""

    def __init__(
        self,
        flavour: Flavour,
        asking: Callable[[str, str], Asking],
        secrets: Secrets,
        secret: str | None,
        *,
        played: bool = False,
    ) -> None:
        self._flavour = flavour
        self._asking = asking
        self._secrets = secrets
        self._secret = secret
        self._played = played

    def check(self, *, mend: bool) -> list[Checked]:
        """See `Setup.check`. 3 requests; 2 more where it subscribes."""
        try:
            secret = self._secrets.get(self._secret) if self._secret else {}
        except HubError as error:
            return [Checked("secret", ok=False, detail=error.reason, todo="create the secret that `secret` names")]
        found = [held(secret, name) for name in HEARD]
        try:
            token = Tokens(self._secrets, lambda _: self._secret).of(self._flavour.account)
        except Misconfigured:
            todo = f'put {self._flavour.whose} into its secret, as "access_token"'
            detail = "its secret has none" + (": a stand-in answers here" if self._played else "")
            return [*found, Checked("token to send", ok=None if self._played else False, detail=detail, todo=todo)]
        try:
            found += self._asked(self._asking(self._flavour.host, token), token, mend=mend)
        except HubError as error:
            found.append(Checked("Graph API", ok=False, detail=error.reason, todo="ask again"))
        return found

    def _asked(self, graph: Asking, token: str, *, mend: bool) -> Iterator[Checked]:
        flavour = self._flavour
        fits = token.startswith(flavour.begins)
        todo = "" if fits else f"this login sends with {flavour.whose}; see `login` in the configuration"
        yield Checked("token is of this login", ok=fits or None, todo=todo)
        said = graph.get(flavour.ask)
        if "error" in said:
            todo = f"mend the id, or the token: it must be {flavour.whose}, for {flavour.host}"
            yield Checked("account", ok=False, detail=error_text(said), todo=todo)
            return
        known = str(flavour.found_in(said) or "")
        is_ours = known == flavour.account
        todo = "" if is_ours else "write this id into the configuration, or use the token of the account that is there"
        yield Checked("account", ok=is_ours, detail=f"the token is for {known or 'none'}", todo=todo)
        if flavour.asks_token:
            about = graph.about_token().get("data")
            yield from scopes(about if isinstance(about, dict) else {}, flavour.scopes, from_whom=flavour.whose)
        yield self._subscription(graph, mend=mend)

    def _subscription(self, graph: Asking, *, mend: bool) -> Checked:
        what, path = "the account sends to the app", f"{self._flavour.node}/subscribed_apps"
        missing = self._missing(graph, path)
        if not missing:
            return Checked(what, ok=True, detail="subscribed")
        if not mend:
            detail = f"not subscribed to {', '.join(missing)}"
            return Checked(what, ok=False, detail=detail, todo="hilo connect subscribes it")
        wanted = urlencode({"subscribed_fields": ",".join(self._flavour.fields)})
        answer = graph.ask("POST", f"{path}?{wanted}")
        if answer.get("success") is True and not self._missing(graph, path):
            return Checked(what, ok=True, detail="subscribed it just now")
        return Checked(what, ok=False, detail=error_text(answer), todo=f"give the token {self._flavour.scopes[-1]}")

    def _missing(self, graph: Asking, path: str) -> list[str]:
        """Fields to which no app is subscribed: the hub's own cannot be told from another without the app's token."""
        subscribed = {str(field) for one in items_in(graph.get(path)) for field in one.get("subscribed_fields") or ()}
        return [field for field in self._flavour.fields if field not in subscribed]
