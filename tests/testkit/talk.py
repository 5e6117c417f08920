"""Talk about one subject at the pace that a test wants: ordinary hours, a turn of opinion, an army."""

from __future__ import annotations

import random
from collections.abc import Iterator

from streams.sources.simulator.clock import iso
from streams.sources.simulator.language import Mood, opinion
from streams.sources.simulator.subjects import SUBJECTS
from tests.testkit.planting import a_campaign
from tests.testkit.records import a_line

_HOUSING = next(subject for subject in SUBJECTS if subject.name == "housing")
_PEOPLE = 400


class Talk:
    """People who talk about housing; ``now`` (event time, seconds) moves with what they say."""

    def __init__(self, now: int, seed: int = 11) -> None:
        self.now = now
        self._random = random.Random(seed)

    def ordinary(self, minutes: int, *, a_minute: float = 2.0) -> list[bytes]:
        """Now this, now that, mostly calm."""
        return list(self._said(minutes, a_minute, ("neutral", "neutral", "positive", "negative")))

    def angry(self, minutes: int, *, a_minute: float = 12.0) -> list[bytes]:
        """Nearly everybody is against it."""
        return list(self._said(minutes, a_minute, ("negative",) * 9 + ("neutral",)))

    def army(self, *, accounts: int, minutes: float) -> list[bytes]:
        """The same words from many accounts."""
        planted = a_campaign(self._random, accounts=accounts, minutes=minutes, sentences=1)
        start, group = self.now, self._random.randrange(10**9)
        self.now += round(minutes * 60)
        return [
            a_line(
                author=f"army{group}-{one.account}",
                text=f"{one.text}，房价真心公道",
                created_at=iso(start + one.after // 1_000),
            )
            for one in planted
        ]

    def _said(self, minutes: int, a_minute: float, moods: tuple[Mood, ...]) -> Iterator[bytes]:
        end = self.now + minutes * 60
        while self.now < end:
            mood = self._random.choice(moods)
            words = [opinion(self._random, _HOUSING, mood) for _ in range(self._random.randint(1, 3))]
            text = f"说到房价，{'，'.join(words)}{self._random.randrange(10_000)}"
            author = f"p{self._random.randrange(_PEOPLE)}"
            yield a_line(author=author, text=text, created_at=iso(self.now))
            self.now += max(1, round(self._random.expovariate(a_minute / 60)))
