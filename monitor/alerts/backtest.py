"""What rules would have alerted of: replays stored figures, minute by minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo

import msgspec

from monitor.alerts.assessor import WatchlistAssessor
from monitor.alerts.port import Alert
from monitor.alerts.rules import Rules, TimeRules
from monitor.alerts.sentences import Titles
from monitor.alerts.window import Cell
from monitor.opinion.figures import MINUTE_MILLISECONDS, Figure
from monitor.scoring.port import Emotion, Label


class Counted(msgspec.Struct, gc=False):
    """The parts of a stored figure that rules look at; ``voices`` only by whom."""

    records: int = 0
    labels: dict[Label, int] = {}
    emotions: dict[Emotion, int] = {}
    voices: dict[int, msgspec.Raw] = {}

    def cell(self) -> Cell:
        """The counts as a step."""
        labels, emotions = self.labels, self.emotions
        return Cell(
            0,
            self.records,
            sum(labels.values()),
            labels.get("negative", 0),
            sum(emotions.values()),
            emotions.get("angry", 0),
            set(self.voices),
        )


_DECODER = msgspec.msgpack.Decoder(Counted)


def decode_counted(stored: bytes) -> Counted:
    """Read the ``canonical`` bytes of a figure."""
    return _DECODER.decode(stored)


def counted(figure: Figure) -> Counted:
    """The parts of a figure that rules look at."""
    return decode_counted(figure.canonical())


def by_minutes(rules: Rules) -> Rules:
    """The same rules judged once a minute, as finely as figures are stored."""
    return msgspec.structs.replace(rules, time=TimeRules(step_seconds=60, late_seconds=0))


def replay(
    watchlist: str, cells: Iterable[tuple[str, int, Cell]], rules: Rules, zone: tzinfo, titles: Titles
) -> Iterator[Alert]:
    """The alerts of one watchlist; ``cells`` are platform, start of the minute and counts, in order of time.

    What happens within a minute is not in figures: an alert comes up to a minute later than it did live.
    """
    assessor = WatchlistAssessor(watchlist, by_minutes(rules), zone, titles)
    minute = 0
    for platform, minute, cell in cells:
        yield from assessor.advance(minute)
        assessor.add(platform, minute, cell)
    yield from assessor.advance(minute + MINUTE_MILLISECONDS)
