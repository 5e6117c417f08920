"""The truth ledger: which records belong to which campaign or event, and a simulation's files.

``truth.jsonl`` holds one JSON object a line, an episode each, in the order in which episodes close; its
last line is ``{"totals": …}``. Both files are written under another name first, so that a broken-off run
leaves no half file.
"""

import gzip
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import msgspec

from monitor.errors import SourceError
from streams.sources.simulator.clock import iso
from streams.sources.simulator.scene import Episode, EpisodeKind, Label
from streams.sources.simulator.world import (
    DEFAULT_PLAN,
    DEFAULT_RECORDS_PER_DAY,
    DEFAULT_START,
    Plan,
    SimulatedRecord,
    simulate,
)

RECORDS_NAME = "records.ndjson.gz"
TRUTH_NAME = "truth.jsonl"


class TruthInterval(msgspec.Struct, frozen=True):
    """When an episode was at work on one target: ISO 8601, both ends included."""

    target: str
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")


class TruthEntry(msgspec.Struct, frozen=True):
    """One episode of the ledger.

    ``targets`` are ``platform:id``, ``#tag`` or ``link:…``; empty for a campaign of original posts that
    share nothing but their words. ``records`` are ``platform:id``. ``start`` and ``end`` are the first
    and the last record's time.
    """

    id: str
    kind: EpisodeKind
    label: Label
    targets: tuple[str, ...]
    start: str
    end: str
    accounts: int
    records: tuple[str, ...]
    intervals: tuple[TruthInterval, ...]


class Totals(msgspec.Struct, frozen=True):
    """What the whole simulation holds; ``episodes`` counts by kind, ``by_label`` counts records."""

    records: int
    by_platform: dict[str, int]
    by_kind: dict[str, int]
    by_label: dict[str, int]
    episodes: dict[str, int]


class Truth(msgspec.Struct, frozen=True):
    """A ledger read back."""

    entries: tuple[TruthEntry, ...]
    totals: Totals

    def coordinated(self) -> tuple[TruthEntry, ...]:
        """Return the campaigns."""
        return tuple(entry for entry in self.entries if entry.label == "coordinated")

    def organic(self) -> tuple[TruthEntry, ...]:
        """Return the events that only look like campaigns."""
        return tuple(entry for entry in self.entries if entry.label == "organic")


class _Open:
    """An episode that may still grow."""

    def __init__(self, episode: Episode) -> None:
        self.episode = episode
        self.records: list[str] = []
        self.accounts: set[str] = set()
        self.spans: dict[str, tuple[int, int]] = {}
        self.start = 0
        self.end = 0

    def add(self, record: SimulatedRecord) -> None:
        if not self.records:
            self.start = record.at
        self.end = record.at
        self.records.append(record.key)
        self.accounts.add(record.author_id)
        first, _ = self.spans.get(record.target, (record.at, record.at))
        self.spans[record.target] = (first, record.at)

    def entry(self) -> TruthEntry:
        intervals = tuple(
            TruthInterval(target, iso(first), iso(last))
            for target, (first, last) in self.spans.items()
            if target
        )
        return TruthEntry(
            id=self.episode.id,
            kind=self.episode.kind,
            label=self.episode.label,
            targets=tuple(interval.target for interval in intervals),
            start=iso(self.start),
            end=iso(self.end),
            accounts=len(self.accounts),
            records=tuple(self.records),
            intervals=intervals,
        )


class Ledger:
    """Keeps the truth while the records of a simulation pass by; holds only episodes that may still grow."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._next_close = 0
        self._records = 0
        self._by_platform: dict[str, int] = {}
        self._by_kind: dict[str, int] = {}
        self._by_label: dict[str, int] = {}
        self._episodes: dict[str, int] = {}

    def see(self, record: SimulatedRecord) -> list[TruthEntry]:
        """Note a record; return the episodes that have ended before it."""
        self._records += 1
        _count(self._by_platform, record.platform)
        _count(self._by_kind, record.kind)
        episode = record.episode
        _count(self._by_label, episode.label if episode else "ordinary")
        closed = self._settle(record.at) if self._open and record.at > self._next_close else []
        if episode is not None:
            entry = self._open.get(episode.id)
            if entry is None:
                entry = self._open[episode.id] = _Open(episode)
                _count(self._episodes, episode.kind)
            entry.add(record)
        return closed

    def close(self) -> list[TruthEntry]:
        """Return the episodes that were still open when the simulation ended."""
        entries = [opened.entry() for opened in self._open.values()]
        self._open.clear()
        return entries

    def totals(self) -> Totals:
        """Return the counts so far."""
        return Totals(
            self._records,
            dict(self._by_platform),
            dict(self._by_kind),
            dict(self._by_label),
            dict(self._episodes),
        )

    def _settle(self, now: int) -> list[TruthEntry]:
        done = [opened for opened in self._open.values() if opened.episode.ends_by < now]
        for opened in done:
            del self._open[opened.episode.id]
        self._next_close = min((opened.episode.ends_by for opened in self._open.values()), default=0)
        return [opened.entry() for opened in done]


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


class _TotalsLine(msgspec.Struct, frozen=True):
    totals: Totals


def write_simulation(
    out_dir: Path,
    days: float,
    seed: int,
    records_per_day: int = DEFAULT_RECORDS_PER_DAY,
    start: datetime = DEFAULT_START,
    plan: Plan = DEFAULT_PLAN,
) -> Totals:
    """Write ``records.ndjson.gz`` and ``truth.jsonl`` into ``out_dir``, which is made if absent.

    The same arguments give the same bytes of both files. Existing files of these names are replaced. Raises
    ``SourceError`` when the directory cannot be written, or for arguments that ``simulate`` refuses.
    """
    records = simulate(days, seed, records_per_day, start, plan)
    encoder = msgspec.json.Encoder()
    ledger = Ledger()
    targets = (out_dir / RECORDS_NAME, out_dir / TRUTH_NAME)
    partial = tuple(path.with_name(path.name + ".partial") for path in targets)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        with ExitStack() as files:
            raw = files.enter_context(partial[0].open("wb"))
            packed = files.enter_context(gzip.GzipFile("", "wb", compresslevel=4, fileobj=raw, mtime=0))
            truth = files.enter_context(partial[1].open("wb"))
            for record in records:
                packed.write(record.line + b"\n")
                for entry in ledger.see(record):
                    truth.write(encoder.encode(entry) + b"\n")
            for entry in ledger.close():
                truth.write(encoder.encode(entry) + b"\n")
            truth.write(encoder.encode(_TotalsLine(ledger.totals())) + b"\n")
        for written, target in zip(partial, targets, strict=True):
            written.replace(target)
    except OSError as error:
        for path in partial:
            _discard(path)
        reason = error.strerror or error
        raise SourceError(
            f"simulate: cannot write to {out_dir}: {reason}; name a directory you may write to"
        ) from error
    return ledger.totals()


def _discard(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def read_truth(path: Path) -> Truth:
    """Read a ledger.

    Raises ``SourceError`` when the file is missing, is no ledger, or lacks its last line with the totals.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise SourceError(
            f"truth ledger {path}: {error.strerror or error}; write one with 'simulate'"
        ) from error
    try:
        *episodes, last = lines
        decoder = msgspec.json.Decoder(TruthEntry)
        entries = tuple(decoder.decode(line) for line in episodes)
        totals = msgspec.json.decode(last, type=_TotalsLine).totals
    except (msgspec.DecodeError, ValueError) as error:
        raise SourceError(
            f"truth ledger {path} is damaged ({error}); write it anew with 'simulate'"
        ) from error
    return Truth(entries, totals)
