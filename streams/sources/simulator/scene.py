"""What the parts of the simulated world share: drafts of records, episodes, accounts, live cascades."""

import random
from collections import deque
from collections.abc import Generator, Sequence
from typing import Literal

import msgspec

from streams.sources.simulator.clock import activity
from streams.sources.simulator.people import PLATFORMS, Account, Crowd, Platform
from streams.sources.simulator.subjects import SUBJECTS, Subject

Kind = Literal["post", "repost", "comment"]
Label = Literal["coordinated", "organic"]
ArmyKind = Literal["copy_paste", "recycled_pool", "empty_reposts"]
OrganicKind = Literal[
    "breaking_news",
    "fan_event",
    "contest",
    "greeting",
    "share_button",
    "first_wave",
    "official_call",
    "quoting_root",
    "lyrics",
    "regular_readers",
]
EpisodeKind = ArmyKind | OrganicKind


class Episode(msgspec.Struct, frozen=True):
    """One campaign or organic event; ``ends_by`` (epoch seconds) bounds the time of its last record."""

    id: str
    kind: EpisodeKind
    label: Label
    ends_by: int


class Draft(msgspec.Struct, eq=False):
    """A record before it is written; ``root`` and ``parent`` are drafts written earlier.

    ``parent`` None means that it answers the root itself. ``target`` overrides what the record counts for in
    the truth ledger (a hashtag); by default it is the cascade. ``id`` is empty until the record is written.
    """

    at: int
    account: Account
    text: str
    subject: Subject
    kind: Kind = "post"
    root: "Draft | None" = None
    parent: "Draft | None" = None
    episode: Episode | None = None
    target: str | None = None
    id: str = ""


Stream = Generator["Draft | int", None, None]
"""Drafts in order of time; a bare number means "wake me at this second", for a stream that decides late."""

_AGENCY_SIZE = 600
_AGENCIES = 2
_SLACK_SECONDS = 120


class Scene:
    """The state all streams share. One random generator serves all, so that a seed fixes everything."""

    def __init__(self, rng: random.Random, start: int, people: int) -> None:
        self.rng = rng
        self.start = start
        self.crowds: dict[Platform, Crowd] = {
            platform: Crowd(rng, platform, people, start) for platform in PLATFORMS
        }
        self.recent: dict[Platform, deque[Draft]] = {platform: deque(maxlen=300) for platform in PLATFORMS}
        self._agencies: dict[Platform, list[list[Account]]] = {
            platform: [[] for _ in range(_AGENCIES)] for platform in PLATFORMS
        }
        self._waiting: list[tuple[int, Stream]] = []
        self._episodes = 0

    def platform(self) -> Platform:
        """Draw a platform; two thirds of the talk is on Sina Weibo."""
        return "sina_weibo" if self.rng.random() < 0.66 else "tencent_weibo"

    def subject(self) -> Subject:
        """Draw a subject."""
        return SUBJECTS[int(self.rng.random() * len(SUBJECTS))]

    def begin(self, at: int, stream: Stream) -> None:
        """Let ``stream`` run from ``at`` on, beside all others."""
        self._waiting.append((at, stream))

    def take_waiting(self) -> list[tuple[int, Stream]]:
        """Hand over the streams begun since the last call."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def episode(self, kind: EpisodeKind, label: Label, ends_by: int) -> Episode:
        """Open an episode of the truth ledger."""
        self._episodes += 1
        return Episode(f"{kind}-{self._episodes:05d}", kind, label, ends_by + _SLACK_SECONDS)

    def live_root(self, platform: Platform, before: int) -> Draft | None:
        """Draw a post with a lively cascade, written before ``before``; None when there is none yet."""
        roots = [root for root in self.recent[platform] if root.at <= before]
        return self.rng.choice(roots) if roots else None

    def hire(self, platform: Platform, count: int) -> list[Account]:
        """Return ``count`` different accounts for a campaign.

        Most campaigns buy from one of a few agencies, whose accounts so meet again and again on different
        targets; a third use fresh accounts. Up to a quarter are private people paid for the day.
        """
        rng = self.rng
        recruited = int(count * rng.random() * 0.25)
        aged_ratio = rng.random()
        crowd = self.crowds[platform]
        hired = count - recruited
        if rng.random() < 0.35:
            accounts = [crowd.newcomer(aged=rng.random() < aged_ratio) for _ in range(hired)]
        else:
            agency = rng.choice(self._agencies[platform])
            while len(agency) < min(_AGENCY_SIZE, hired * 3):
                agency.append(crowd.newcomer(aged=rng.random() < aged_ratio))
            accounts = rng.sample(agency, hired)
        known = {account.id for account in accounts}
        while len(accounts) < count:
            account = crowd.anyone()
            if account.id not in known:
                known.add(account.id)
                accounts.append(account)
        rng.shuffle(accounts)
        return accounts


def spread(rng: random.Random, start: int, count: int, span: float, front: float = 1.0) -> list[int]:
    """Return ``count`` sorted moments in ``[start, start + span]``; ``front`` above 1 crowds them early."""
    return sorted(start + int(span * rng.random() ** front) for _ in range(count))


def awake_delays(rng: random.Random, start: int, count: int, median: float, cap: float) -> list[int]:
    """Return sorted moments of an ordinary cascade's records.

    Delays are log-normal (sigma 1.7) around ``median`` seconds, cut at ``cap``; what falls into the night
    mostly waits some hours, as people sleep.
    """
    moments = []
    for _ in range(count):
        delay = min(median * rng.lognormvariate(0.0, 1.7), cap * rng.random() ** 0.3)
        at = start + 1 + delay
        if rng.random() > 0.15 + activity(at):
            at += 3600 * (2 + 7 * rng.random())
        moments.append(int(at))
    moments.sort()
    return moments


def cut(text: str, limit: int = 140) -> str:
    """Cut a text to what a micro-blog of 2011 took."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def mentions(rng: random.Random, crowd: Crowd, count: int) -> str:
    """Return ``count`` mentions of private people by name."""
    return " ".join(f"@{crowd.anyone().name}" for _ in range(count))


def last(moments: Sequence[int], otherwise: int) -> int:
    """Return the last of sorted moments."""
    return moments[-1] if moments else otherwise
