"""The one writer of customers, cases and entries.

`Recorder.record` takes one event to its end: an entry, a receipt on one, something that waits for its target,
or a counted "of no use". It repeats from the start whenever somebody else was quicker.
"""

from shared.application.record.context import Context, Incoming, Outcome
from shared.application.record.recorder import Recorder

__all__ = ["Context", "Incoming", "Outcome", "Recorder"]
