"""The runner in one process: files in, one database transaction per batch.

Documents, figures, campaigns, alerts, dead letters, detection state and the input's position are written
together or not at all. So a run that is killed at any moment and started again ends as an undisturbed one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import AbstractContextManager
from typing import Protocol
from zlib import crc32

import msgspec

from monitor.alerts.port import Alert
from monitor.campaigns.port import CampaignRevision
from monitor.documents import DeadLetter, Document, SourcePosition
from monitor.index.port import OpinionReader, OpinionWriter
from monitor.opinion.figures import Observation
from streams.detection import EmbeddedDetection
from streams.embedded_assessment import EmbeddedAssessment
from streams.snapshots import InputPosition, SnapshotStore
from streams.sources.adapters import SourceAdapter
from streams.sources.replay import Line
from streams.stages import (
    Incoming,
    Scored,
    ScoreStage,
    Sighted,
    figures_of,
    flatten,
    observe,
    partial_weights,
)

DEAD_LETTERS = "dead-letters"
"""The input under which dead letters are taken in again."""


class Index(OpinionReader, OpinionWriter, Protocol):
    """An index that is read and written."""


class Tally(msgspec.Struct, frozen=True):
    """Counts of records; ``received = indexed + duplicates + dead_lettered`` at every commit."""

    received: int = 0
    indexed: int = 0
    duplicates: int = 0
    dead_lettered: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.received + other.received,
            self.indexed + other.indexed,
            self.duplicates + other.duplicates,
            self.dead_lettered + other.dead_lettered,
        )

    def __sub__(self, other: Tally) -> Tally:
        return Tally(
            self.received - other.received,
            self.indexed - other.indexed,
            self.duplicates - other.duplicates,
            self.dead_lettered - other.dead_lettered,
        )


class BatchReport(msgspec.Struct, frozen=True):
    """What one committed batch did, for metrics and progress. ``seconds`` by stage."""

    tally: Tally
    documents: Sequence[Document]
    dead_letters: Sequence[DeadLetter]
    revisions: Sequence[CampaignRevision]
    alerts: Sequence[Alert]
    unknown_fields: int
    seconds: dict[str, float]


class _Stopwatch:
    """Seconds by stage, lap by lap."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now


class EmbeddedRunner:
    """Drives the stages over inputs, batch by batch."""

    def __init__(
        self,
        *,
        index: Index,
        transaction: Callable[[], AbstractContextManager[object]],
        snapshots: SnapshotStore,
        stage: ScoreStage,
        detection: EmbeddedDetection,
        assessment: EmbeddedAssessment,
        observe: Callable[[BatchReport], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``clock`` gives seconds since the epoch; ``observe`` is told of every committed batch."""
        self._index = index
        self._transaction = transaction
        self._snapshots = snapshots
        self._stage = stage
        self._detection = detection
        self._assessment = assessment
        self._observe = observe
        self._clock = clock

    def begin(self, name: str, *, rereadable: bool) -> InputPosition:
        """Where to go on with an input: behind its last commit, or at the start of a new reading.

        ``name`` is the input's fingerprint; one that cannot be read again from its start is not rereadable.
        """
        known = self._snapshots.input_position(name)
        if known is None:
            return InputPosition(name, reading=1, line=0, finished=False, rereadable=rereadable)
        if known.finished or not rereadable:
            return InputPosition(name, known.reading + 1, line=0, finished=False, rereadable=rereadable)
        return known

    def run(
        self, start: InputPosition, batches: Iterator[Sequence[Line]], adapter: SourceAdapter
    ) -> Iterator[Tally]:
        """Take in the lines of ``batches``, which begin behind ``start``, to the end; the counts of each.

        Raises:
            SourceError: the input broke off; everything readable is committed.
            StoreError: the batch in hand could not be committed; all before it are.
        """
        position = start
        source = start.source
        for lines in batches:
            last = lines[-1]
            position = msgspec.structs.replace(start, line=last.number, checksum=crc32(last.raw))
            incoming = [Incoming(SourcePosition(source, line.number, 0), line.raw) for line in lines]
            yield self._commit(incoming, adapter, position)
        with self._transaction():
            self._snapshots.put_input_position(msgspec.structs.replace(position, finished=True))

    def replay_dead_letters(self, letters: Sequence[DeadLetter], adapter: SourceAdapter) -> Tally:
        """Take dead letters in again; those that are still no records stay as they are."""
        if not letters:
            return Tally()
        begun = self.begin(DEAD_LETTERS, rereadable=False)
        incoming = [
            Incoming(SourcePosition(begun.source, number, 0), letter.raw)
            for number, letter in enumerate(letters, start=1)
        ]
        finished = msgspec.structs.replace(begun, line=len(letters), finished=True)
        return self._commit(incoming, adapter, finished, replayed=letters)

    def _commit(
        self,
        incoming: Sequence[Incoming],
        adapter: SourceAdapter,
        position: InputPosition,
        replayed: Sequence[DeadLetter] = (),
    ) -> Tally:
        watch = _Stopwatch()
        unknown_fields = self._stage.decoder.unknown_fields
        scored = self._stage.score(incoming, adapter, self._clock())
        watch.lap("score")
        again = {letter.raw for letter in scored.dead_letters}
        with self._transaction():
            self._index.remove_dead_letters([one.id for one in replayed if one.raw not in again])
            created = self._store(scored, {one.raw for one in replayed}, watch)
            fresh = [one for one, new in zip(scored.documents, created, strict=True) if new]
            seen = [observe(document) for document in fresh]
            self._index.merge_figures(list(figures_of(seen).items()))
            watch.lap("figures")
            revised = self._detection.detect(self._sighted(scored, created))
            watch.lap("detect")
            revisions, alerts = self._assess(revised, seen)
            watch.lap("assess")
            self._snapshots.put_input_position(position)
        watch.lap("commit")
        received = len(created) + len(scored.dead_letters)
        indexed = sum(created)
        tally = Tally(received, indexed, len(created) - indexed, len(scored.dead_letters))
        self._observe(
            BatchReport(
                tally=tally,
                documents=fresh,
                dead_letters=scored.dead_letters,
                revisions=revisions,
                alerts=alerts,
                unknown_fields=self._stage.decoder.unknown_fields - unknown_fields,
                seconds=watch.seconds,
            )
        )
        return tally

    def _store(self, scored: Scored, known: Set[bytes], watch: _Stopwatch) -> list[bool]:
        """Index documents, and dead letters that are not ``known``; which documents are new."""
        created = [written == "created" for written in self._index.create(scored.documents)]
        self._index.put_dead_letters([one for one in scored.dead_letters if one.raw not in known])
        watch.lap("index")
        return created

    @staticmethod
    def _sighted(scored: Scored, created: Sequence[bool]) -> list[Sighted]:
        return [
            one
            for document, sightings, new in zip(scored.documents, scored.sightings, created, strict=True)
            if new
            for one in flatten(document, sightings)
        ]

    def _assess(
        self, revised: Sequence[Sequence[CampaignRevision]], seen: Sequence[Observation]
    ) -> tuple[list[CampaignRevision], list[Alert]]:
        """Index campaigns with their members and weights, and alert events."""
        alerts = self._assessment.see(revised)
        revisions = [revision for one in revised for revision in one]
        self._index.put_campaigns(revisions)
        alerts += self._assessment.take(seen)
        self._index.put_alerts(alerts)
        members = [member for revision in revisions for member in revision.members]
        weighed = self._index.update_memberships(members).weighed
        self._index.merge_figures(list(partial_weights(weighed).items()))
        return revisions, alerts


def batched(
    lines: Iterator[Line | None],
    size: int,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Sequence[Line]]:
    """Batches of up to ``size`` lines; sooner when the source idles, or after ``seconds``.

    When the source breaks off, or the user stops it, what was read is given first.
    """
    batch: list[Line] = []
    began = clock()
    broken: BaseException | None = None
    while broken is None:
        try:
            line = next(lines)
        except StopIteration:
            break
        except BaseException as error:  # noqa: BLE001 - raised again once the batch in hand is kept
            broken = error
            continue
        if line is not None:
            batch.append(line)
        if len(batch) >= size or (batch and clock() - began >= seconds):
            yield batch
            batch = []
            began = clock()
    if batch:
        yield batch
    if broken is not None:
        raise broken
