"""One simulated day, shared by the tests of this folder."""

import msgspec
import pytest

from monitor.records import Post
from streams.sources.simulator import Ledger, SimulatedRecord, TruthEntry, simulate


class Day(msgspec.Struct, frozen=True):
    """A day's records, decoded, and its ledger."""

    records: list[SimulatedRecord]
    posts: list[Post]
    entries: list[TruthEntry]
    ledger: Ledger


@pytest.fixture(scope="session")
def day() -> Day:
    ledger = Ledger()
    entries: list[TruthEntry] = []
    records = []
    for record in simulate(days=1, seed=7):
        entries += ledger.see(record)
        records.append(record)
    entries += ledger.close()
    decoder = msgspec.json.Decoder(Post)
    return Day(records, [decoder.decode(record.line) for record in records], entries, ledger)
