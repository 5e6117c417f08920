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
from monitor.opinion.figures import CERTAIN, NEGATIVE, Figure, Voice
from monitor.opinion.organic import NEGATIVE_MILLI
from monitor.scoring.port import Emotion, Label


class Counted(msgspec.Struct, gc=False):
    """The parts of a stored figure that rules look at."""

    records: int = 0
    labels: dict[Label, int] = {}
    emotions: dict[Emotion, int] = {}
    voices: dict[int, Voice] = {}

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
            {author: voice.said or _said(voice) for author, voice in self.voices.items() if voice.scored},
        )


def _said(voice: Voice) -> int:
    """What an author said by the mean of their texts, in a figure of before; nothing of emotions."""
    negative = voice.polarity_milli < NEGATIVE_MILLI * voice.scored
    return CERTAIN | NEGATIVE if negative else CERTAIN


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
    return replay_steps(watchlist, cells, by_minutes(rules), zone, titles)


def replay_steps(
    watchlist: str, cells: Iterable[tuple[str, int, Cell]], rules: Rules, zone: tzinfo, titles: Titles
) -> Iterator[Alert]:
    """The same, judged in the steps of the rules, as it is live; ``cells`` are no longer than one."""
    assessor = WatchlistAssessor(watchlist, rules, zone, titles)
    at = 0
    for platform, at, cell in cells:
        yield from assessor.advance(at)
        assessor.add(platform, at, cell)
    yield from assessor.advance(at + (rules.time.step_seconds + rules.time.late_seconds) * 1_000)
