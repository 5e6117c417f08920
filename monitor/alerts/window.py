"""What rules look at: counts of the last minutes, in steps of event time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from heapq import nsmallest

import msgspec

from monitor.opinion.figures import ANGRY, KNOWN, NEGATIVE, Observation
from monitor.opinion.people import SAMPLE_SIZE, Crowd, crowd, estimated_people, smallest


class Cell(msgspec.Struct, gc=False, array_like=True):
    """Counts of one step: ``scored`` texts of certain label, ``known`` ones of known emotion among them.

    ``people`` are the smallest author hashes, as in a figure's sample. ``heard`` are authors of certain texts
    with what they said (``CERTAIN`` and so on): the smallest hashes of all, and of those of known emotion.
    """

    step: int
    records: int = 0
    scored: int = 0
    negative: int = 0
    known: int = 0
    angry: int = 0
    people: set[int] = set()
    heard: dict[int, int] = {}

    def add(self, seen: Observation, author: int) -> None:
        """Count one record of the author with this hash."""
        self.records += 1
        said = seen.said
        if said:
            self.scored += 1
            self.negative += said & NEGATIVE > 0
            self.known += said & KNOWN > 0
            self.angry += said & ANGRY > 0
            self.heard[author] = self.heard.get(author, 0) | said
        self.people.add(author)
        if len(self.people) > 2 * SAMPLE_SIZE:
            self.cut()

    def cut(self) -> None:
        """Keep no more of the samples than is needed."""
        if len(self.people) > SAMPLE_SIZE:
            self.people = set(nsmallest(SAMPLE_SIZE, self.people))
        if len(self.heard) > SAMPLE_SIZE:
            self.heard = smallest(self.heard)

    def merge(self, other: Cell) -> None:
        """Add what belongs to the same step."""
        self.records += other.records
        self.scored += other.scored
        self.negative += other.negative
        self.known += other.known
        self.angry += other.angry
        self.people |= other.people
        for author, said in other.heard.items():
            self.heard[author] = self.heard.get(author, 0) | said


class Cells:
    """The cells of the last ``keep`` steps, oldest first; closed ones are never changed again."""

    def __init__(self, keep: int, cells: Iterable[Cell] = ()) -> None:
        self._keep = keep
        self.all: deque[Cell] = deque(cells)

    def append(self, cell: Cell) -> None:
        """Add the cell of a later step."""
        self.all.append(cell)

    def expire(self, step: int) -> None:
        """Forget cells that no window which ends with ``step`` reaches."""
        while self.all and self.all[0].step <= step - self._keep:
            self.all.popleft()

    def since(self, step: int) -> list[Cell]:
        """Cells later than ``step``."""
        found = []
        for cell in reversed(self.all):
            if cell.step <= step:
                break
            found.append(cell)
        return found


class Sums:
    """Running sums over the last ``length`` steps."""

    def __init__(self, length: int, cells: Cells, upto: int) -> None:
        self.length = length
        self.records = self.scored = self.negative = self.known = self.angry = 0
        self.inside: deque[Cell] = deque()
        self._people: float | None = None
        for cell in reversed(cells.since(upto - length)):
            self.enter(cell)

    def enter(self, cell: Cell) -> None:
        """A step was closed."""
        self.inside.append(cell)
        self._count(cell, 1)

    def leave(self, step: int) -> None:
        """Windows end with ``step`` now."""
        while self.inside and self.inside[0].step <= step - self.length:
            self._count(self.inside.popleft(), -1)

    def _count(self, cell: Cell, sign: int) -> None:
        self._people = None
        self.records += sign * cell.records
        self.scored += sign * cell.scored
        self.negative += sign * cell.negative
        self.known += sign * cell.known
        self.angry += sign * cell.angry

    @property
    def next_to_leave(self) -> int:
        """The step that the oldest cell inside is too old for."""
        return self.inside[0].step + self.length

    def people(self) -> float:
        """Different accounts in the window."""
        if self._people is None:
            self._people = estimated_people((cell.people for cell in self.inside), self.records)
        return self._people

    def crowd(self, whole: int, part: int) -> Crowd:
        """Different authors in the window who said ``whole``, and the share of them who said ``part``, too.

        Both are bits: ``CERTAIN`` and ``NEGATIVE``, or ``KNOWN`` and ``ANGRY``.
        """
        texts = self.known if whole == KNOWN else self.scored
        return crowd((cell.heard for cell in self.inside), texts, whole, part)

    def recent(self, step: int) -> int:
        """Records in the later half of a window that ends with ``step``."""
        start = step - self.length // 2
        return sum(cell.records for cell in self.inside if cell.step > start)
