"""The customer as an RT user: found, linked, made, kept up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.connectors.request_tracker.mapping import Contact
from shared.connectors.request_tracker.place import CONTACT_ID, Place
from shared.connectors.request_tracker.reading import User
from shared.connectors.request_tracker.rest import MAYBE_TAKEN
from shared.domain.errors import Unwelcome

if TYPE_CHECKING:
    from shared.connectors.request_tracker.rest import Work

TRIES: Final = 3
"""As we would have it; without the name or address that is another's; without both."""


class Users:
    """The users of one RT, within one piece of work.

    A user that bears another customer's HubContactId is never taken; one that bears that of a customer merged into
    this one is taken as it is, and keeps it: undoing the merge then finds everything where it was. One that people
    made or changed is theirs: only what is empty is filled in. No user is merged or deleted here.
    """

    def __init__(self, work: Work, place: Place) -> None:
        self._work = work
        self._place = place

    def put(self, contact: Contact, known_id: str | None, *, retry: bool) -> User:
        """The user of this contact, as RT has it afterwards. 2 requests for a new one, 1 to 3 for a known one."""
        known = self._work.user(known_id) if known_id else None
        if known and known.contact_id is not None and known.contact_id not in contact.ids:
            known = None  # somebody made it another customer's
        if known is None and (retry or known_id):
            known = self._ours(contact)
        return self._level(known, contact) if known else self._make(contact)

    def _ours(self, contact: Contact) -> User | None:
        found = self._work.users_where(f"CustomField.{{{CONTACT_ID}}}", contact.id)
        return next((user for user in found if user.contact_id == contact.id), None)

    def _make(self, contact: Contact) -> User:
        """Create it; where RT says that something is taken, take the user who has it, or do without."""
        name, fields = contact.name, dict(contact.fields)
        for _ in range(TRIES):
            made = {"Name": name, **fields, "Privileged": 0, "CustomFields": {CONTACT_ID: contact.id}}
            user_id = self._work.create("/user", made, MAYBE_TAKEN)
            if user_id is not None:
                return self._confirmed(user_id, contact, fields)
            by_mail = self._by_mail(fields.get("EmailAddress", ""))
            by_name = self._work.user(name)
            for user in (by_mail, by_name):
                if user and _is_for(contact, user):
                    return self._level(user, contact)
            if by_name:
                name = contact.spare_name
            if by_mail or not by_name:  # an address that RT does not take is refused with the same 400
                fields.pop("EmailAddress", None)
        raise Unwelcome(f"connector {self._work.rest.name}: RT makes no user for a contact: names and addresses taken")

    def _by_mail(self, address: str) -> User | None:
        if not address:
            return None
        found = self._work.users_where("EmailAddress", address)
        return next((user for user in found if user.email.casefold() == address.casefold()), None)

    def _level(self, user: User, contact: Contact) -> User:
        """Bring a user up to date, and link it if it is not yet."""
        changes = self._changes(user, contact)
        link = {} if user.contact_id in contact.ids else {"CustomFields": {CONTACT_ID: contact.id}}
        if not changes and not link:
            return user
        self._work.change(f"/user/{user.id}", {**changes, **link})
        return self._confirmed(user.id, contact, changes)

    def _changes(self, user: User, contact: Contact) -> dict[str, str]:
        if user.is_privileged:
            return {}  # a colleague writes: their account is not ours to fill in
        is_ours = user.made_by == self._place.me == user.changed_by
        held = _fields(user)
        changes = {
            name: value
            for name, value in contact.fields.items()
            if held[name].casefold() != value.casefold() and (is_ours or not held[name])
        }
        if self._by_mail(changes.get("EmailAddress", "")):
            del changes["EmailAddress"]  # another's, and RT would refuse it within a 200
        return changes

    def _confirmed(self, user_id: str, contact: Contact, fields: dict[str, str]) -> User:
        """The user as it is now. Raises Unwelcome when it does not hold what RT took."""
        user = self._work.user(user_id)
        missing = ["it"] if user is None else []
        if user is not None:
            held = _fields(user)
            missing = [name for name, value in fields.items() if held[name].casefold() != value.casefold()]
            missing += [CONTACT_ID] if user.contact_id not in contact.ids else []
        if user is None or missing:
            raise Unwelcome(f"connector {self._work.rest.name}: RT took a user and does not hold {', '.join(missing)}")
        return user


def _is_for(contact: Contact, user: User) -> bool:
    return user.contact_id in contact.ids or (user.contact_id is None and not user.is_disabled)


def _fields(user: User) -> dict[str, str]:
    return {"RealName": user.real_name, "EmailAddress": user.email, "MobilePhone": user.phone}
