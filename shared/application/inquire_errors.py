"""What can be wrong with a question."""

from __future__ import annotations

from shared.domain.errors import HubError


class NotFound(HubError):
    """There is no such thing: answer 404."""


class NotPossible(HubError):
    """Understood, but not as things are: answer 409. The reason says what stands in the way, and what to do."""


class BadQuestion(HubError):
    """The question cannot be understood: answer 400. The reason names the parameter, never its value."""
