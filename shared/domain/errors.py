"""Errors named for what the caller must do.

Every error that leaves an adapter is one of these; anything else is a defect of ours.
Their texts are shown to operators: they name what is wrong and where, never a person's data or a secret.
"""


class HubError(Exception):
    """Base of the hub's own errors. `reason` is a short text for operators."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Rejected(HubError):
    """The caller cannot prove who it is: answer 401 and store nothing."""


class Malformed(HubError):
    """Not what this provider sends: park it with the raw original."""


class Unsupported(HubError):
    """Genuine, but of no use to the hub yet: record it and count it."""


class Transient(HubError):
    """The other side may recover: look at it again, not before `retry_after_s` when that is known."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Unsent(Transient):
    """It could not be reached, and nothing of the request left this machine: it may be sent again."""


class Unwelcome(Transient):
    """The other side refuses this very thing. Its owner may mend that: try for a while, then park it."""


class Permanent(HubError):
    """Trying again cannot help: park it where a person sees it."""


class Misconfigured(Permanent):
    """Our credentials or settings are wrong: stop this connector and raise the alarm."""


class Conflict(HubError):
    """A condition of a transaction did not hold: read again and decide anew.

    `failed` are the indexes of the operations whose conditions did not hold, empty when
    the engine only said that another transaction was in the way.
    """

    def __init__(self, reason: str, failed: tuple[int, ...] = ()) -> None:
        super().__init__(reason)
        self.failed = failed


def describe(fault: BaseException) -> str:
    """Where an unforeseen error arose, without its text: that may quote somebody's data."""
    trace = fault.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "unknown place"
    return f"{type(fault).__name__} in {place}"
