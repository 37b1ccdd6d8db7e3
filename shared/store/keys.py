"""Every key of the table, in one place."""

from __future__ import annotations

from hashlib import sha256
from zlib import crc32

from shared.ports.table import Key

DUE_PARTITIONS = 8
CANDIDATE_PARTITIONS = 8


def identity(kind: str, namespace: str | None, value: str) -> Key:
    return f"IDN#{kind}#{namespace or '-'}#{value}", "IDN"


def claim(kind: str, value: str, customer: str) -> Key:
    return f"CLM#{kind}#{value}", customer


CLAIMS = "CLM#"
"""Where what is claimed of a customer begins."""


def claim_of(customer_id: str, kind: str, value: str) -> Key:
    return f"CUS#{customer_id}", f"{CLAIMS}{kind}#{value}"


def address_book(kind: str, value: str, channel: str, account: str) -> Key:
    """What the address book of one of our own phones says of an identity: a claim about nobody the hub knows."""
    return f"CLM#{kind}#{value}", f"BOOK#{channel}#{account}"


def customer(customer_id: str) -> Key:
    return f"CUS#{customer_id}", "PROFILE"


CANDIDATES = "CND#"
"""Where a customer's candidates begin."""


def candidate(customer_id: str, other: str) -> Key:
    return f"CUS#{customer_id}", f"{CANDIDATES}{other}"


def candidate_partition(first: str, second: str) -> int:
    """Where the open candidate of this pair (in order) is listed."""
    return crc32(f"{first}#{second}".encode("utf-8", "surrogatepass")) % CANDIDATE_PARTITIONS


def open_candidates(partition: int) -> str:
    """The hash of the index `cases` under which open candidates are listed."""
    return f"CND#{partition}"


MERGES = "MRG#"
"""Where the records of merges into a customer begin."""


def merge(survivor: str, merge_id: str) -> Key:
    return f"CUS#{survivor}", f"{MERGES}{merge_id}"


CONSENTS = "CON#"
"""Where a customer's consent records begin."""


def consent(customer_id: str, purpose: str, channel: str, at: str, evidence: str) -> Key:
    return f"CUS#{customer_id}", f"{CONSENTS}{purpose}#{channel}#{at}#{evidence[:16]}"


def shown(customer_id: str, at: str, unique: str) -> Key:
    """Who of the staff saw something of a customer's in clear that is otherwise masked."""
    return f"CUS#{customer_id}", f"SHOWN#{at}#{unique}"


REFERENCES = "REF#"
"""Where what connectors know of a customer begins."""


def reference_to_contact(customer_id: str, connector: str) -> Key:
    return f"CUS#{customer_id}", f"{REFERENCES}{connector}"


def conversation(channel: str, account: str, identity_key: str, thread: str | None = None) -> Key:
    tail = f"#{thread}" if thread else ""
    return f"CNV#{channel}#{account}#{identity_key}{tail}", "CNV"


def case(case_id: str) -> Key:
    return f"CAS#{case_id}", "CASE"


def entry(case_id: str, sequence: int) -> Key:
    return f"CAS#{case_id}", f"ENT#{sequence:010d}"


CURSORS = "SYNC#"
"""Where the cursors of a case begin."""


def cursor(case_id: str, connector: str) -> Key:
    return f"CAS#{case_id}", f"{CURSORS}{connector}"


SENDS = "OUT#"
"""Where the sends of a case begin."""


def send(case_id: str, sequence: int) -> Key:
    """The send of an answer, by the sequence of its entry."""
    return f"CAS#{case_id}", f"{SENDS}{sequence:010d}"


ANY_ACCOUNT = "-"
"""Stands for the account where a message is one, to whichever of our accounts it came."""
OF_NO_ACCOUNT = frozenset({"email"})
"""Channels on which one message may come to several of our accounts: a mail by aliases, rules, blind copies."""


FILES = "FILE#"
"""Where the files of a case begin."""


def file(case_id: str, sequence: int, number: int) -> Key:
    """A file that came with an entry, by its place among the entry's attachments."""
    return f"CAS#{case_id}", f"{files_of(sequence)}{number}"


def files_of(sequence: int) -> str:
    """With what the sort keys of an entry's files begin."""
    return f"{FILES}{sequence:010d}#"


def message(channel: str, account: str, message_id: str) -> Key:
    place = ANY_ACCOUNT if channel in OF_NO_ACCOUNT else account
    return f"MSG#{channel}#{place}#{message_id}", "MSG"


def thread_name(name: str) -> Key:
    """By which messages name a message of their thread (a Message-ID), whatever its length."""
    return f"MID#{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}", "MID"


def waiting(message_key: Key, event_key: str) -> Key:
    return f"PEND#{message_key[0]}", event_key


def remote(connector: str, kind: str, remote_id: str) -> Key:
    return f"EXT#{connector}#{kind}#{remote_id}", "EXT"


def connector_state(connector: str) -> Key:
    return f"CON#{connector}", "STATE"


def connector_slot(connector: str, slot: int) -> Key:
    return f"CON#{connector}", f"SLOT#{slot}"


def in_line(connector: str, due_sk: str) -> Key:
    return f"CON#{connector}", f"LINE#{due_sk}"


def dead_letter(origin: str, day: str, letter_id: str) -> Key:
    return f"DLQ#{origin}#{day}", letter_id


def dead_letter_day(origin: str, day: str) -> Key:
    return "DLQDAYS", f"{day}#{origin}"


def reference(text: str) -> Key:
    return f"REFNO#{text}", "REFNO"


def attempt(message_id: str) -> Key:
    return f"ATT#{message_id}", "ATT"


def due(key: Key, due_at: str) -> dict[str, str]:
    """The two attributes that put an item on the clock: looked at by the clock from `due_at` on."""
    joined = f"{key[0]}#{key[1]}"
    partition = crc32(joined.encode("utf-8", "surrogatepass")) % DUE_PARTITIONS
    return {"due_pk": f"DUE#{partition}", "due_sk": f"{due_at}#{joined}"}


def journeys_of(customer_id: str) -> Key:
    """Which journeys are kept of a customer, and when they are to be derived again."""
    return f"CUS#{customer_id}", "JRN"


JOURNEYS = "J#"
"""Where the journeys of a day begin."""


def journey(day: str, customer_id: str, journey_id: str) -> Key:
    """A journey, under the local day on which it is over. Of two who are merged or parted each keeps their own."""
    return f"JRN#{day}", f"{JOURNEYS}{customer_id}#{journey_id}"


def journeys_restated(day: str) -> Key:
    """How often the journeys of a day were changed after it was thought settled."""
    return f"JRN#{day}", "DAY"


OPEN_BLOCKS = "BLK#"
ROWS = "ROW#"
DAYS = "DAY#"


def figures_state() -> Key:
    """Which generations of figures are kept."""
    return "KPI#STATE", "STATE"


SHARDS = "SHARD#"


def figures_shard(shard: str) -> Key:
    """How far a shard of the table's stream is counted."""
    return "KPI#SHARDS", f"{SHARDS}{shard}"


def figures_block(name: str) -> Key:
    """Deltas that are not folded yet. A block speaks of many days, so all lie together."""
    return "KPI#OPEN", f"{OPEN_BLOCKS}{name}"


def figures_round() -> Key:
    """How often folding began."""
    return "KPI#OPEN", "ROUND"


def figures_of_day(day: str) -> str:
    """The pk of a local day's rows."""
    return f"KPI#{day}"


def figures_row(generation: int, day: str, parts: str) -> Key:
    """`parts`: what the row is of, as text."""
    return figures_of_day(day), f"{ROWS}{generation}#{parts}"


def figures_day(generation: int, day: str, brand: str) -> Key:
    """Whether a brand's day was restated."""
    return figures_of_day(day), f"{DAYS}{generation}#{brand}"


def figures_looks(name: str) -> Key:
    """What time, or another case, may change in figures."""
    return f"KPI#LOOK#{name}", "LOOK"


def figures_generation(generation: int) -> Key:
    """How many cases were counted anew for a generation."""
    return "KPI#STATE", f"GENERATION#{generation}"


def review(brand: str, kind: str, last: str, address: str) -> Key:
    """That a review was sent to somebody. `last`: its last day; `address`: a digest of theirs."""
    return f"REV#{brand}", f"{kind}#{last}#{address}"
