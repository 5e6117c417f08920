"""The merge: ordinary talk, organic events and campaigns as one stream of records in order of event time."""

import heapq
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec

from monitor.errors import SourceError
from monitor.text import fold
from streams.sources.simulator.armies import ARMIES
from streams.sources.simulator.clock import CHINA, iso, waking_moment
from streams.sources.simulator.events import EVENTS
from streams.sources.simulator.people import Platform
from streams.sources.simulator.scene import Draft, Episode, EpisodeKind, Kind, Scene, Stream
from streams.sources.simulator.talk import Background

_Maker = Callable[[Scene, int], Stream]
_MAKERS: dict[EpisodeKind, _Maker] = dict([*EVENTS.items(), *ARMIES.items()])
DEFAULT_START = datetime(2011, 12, 5, tzinfo=CHINA)
DEFAULT_RECORDS_PER_DAY = 110_000
_DAY = 86_400
_SINA_EPOCH = 515_483_463
"""Sina's ids hold the seconds since this moment in their upper bits; ours do so too."""


class SimulatedRecord(msgspec.Struct, frozen=True):
    """One record and what it truly is.

    ``line`` is the record as JSON without a line end; ``at`` its event time in epoch seconds. ``episode``
    is None for ordinary talk, else the campaign or event it belongs to, and ``target`` is then the object
    it counts for (``platform:id`` of the root, ``#tag``, ``link:…``, or empty for original posts with
    nothing in common).
    """

    id: str
    platform: Platform
    kind: Kind
    at: int
    author_id: str
    line: bytes
    episode: Episode | None
    target: str

    @property
    def key(self) -> str:
        """Return the record's identity, ``platform:id``."""
        return f"{self.platform}:{self.id}"


class _Wire(msgspec.Struct, omit_defaults=True):
    """The intake record, in the order of the documented table."""

    id: str
    platform: str
    kind: str
    author: msgspec.Raw
    text: str
    created_at: str
    root_id: str | None = None
    parent_id: str | None = None
    source: str | None = None


class Plan(msgspec.Struct, frozen=True):
    """How many campaigns and events a day of the default size has, by kind.

    Fractions are chances. With ``scaled`` the counts follow ``records_per_day``; a plan for a test world
    of one kind sets it to False. ``background`` False leaves the ordinary talk out (a campaign then
    brings its own target).
    """

    per_day: Mapping[EpisodeKind, float]
    scaled: bool = True
    background: bool = True

    @classmethod
    def only(cls, kind: EpisodeKind, per_day: float = 1.0) -> "Plan":
        """Return a world of ordinary talk with nothing but ``per_day`` episodes of one kind."""
        return cls({kind: per_day}, scaled=False)


DEFAULT_PLAN = Plan(
    {
        "copy_paste": 10,
        "recycled_pool": 8,
        "empty_reposts": 8,
        "breaking_news": 2,
        "fan_event": 3,
        "contest": 3,
        "greeting": 4,
        "share_button": 4,
        "first_wave": 4,
        "official_call": 3,
        "quoting_root": 3,
        "lyrics": 3,
        "regular_readers": 3,
    }
)


def simulate(
    days: float,
    seed: int,
    records_per_day: int = DEFAULT_RECORDS_PER_DAY,
    start: datetime = DEFAULT_START,
    plan: Plan = DEFAULT_PLAN,
) -> Iterator[SimulatedRecord]:
    """Yield the records of a simulated world, lazily, in order of event time (whole seconds).

    The same arguments give the same bytes. The number of records comes within a few per cent of
    ``days * records_per_day``; days begin at ``start``. Memory grows with the number of live cascades and
    of accounts, not with ``days``.

    Raises ``SourceError`` for a number of days or records that is not positive, or a start without an
    offset.
    """
    if days <= 0 or records_per_day <= 0:
        raise SourceError(
            f"simulate: {days} days of {records_per_day} records: both must be positive; give e.g. days=1"
        )
    if start.tzinfo is None:
        raise SourceError(f"simulate: start {start.isoformat()} has no offset; write it with +08:00")
    return _World(days, seed, records_per_day, int(start.timestamp()), plan).records()


class _World:
    def __init__(self, days: float, seed: int, records_per_day: int, start: int, plan: Plan) -> None:
        rng = random.Random(seed)  # noqa: S311 - a simulation needs a seed, not secrecy
        self._scene = Scene(rng, start, people=int(records_per_day * 0.7))
        self._background = Background(self._scene, records_per_day)
        self._start = start
        self._end = start + int(days * _DAY)
        self._plan = plan
        self._scale = records_per_day / DEFAULT_RECORDS_PER_DAY if plan.scaled else 1.0
        self._heap: list[tuple[int, int, Stream, Draft | None]] = []
        self._pushed = 0
        self._written = 0

    def records(self) -> Iterator[SimulatedRecord]:
        if self._plan.background:
            self._scene.begin(self._start, self._background.stream(self._start, self._end))
        self._scene.begin(self._start, self._calendar())
        self._admit()
        heap = self._heap
        while heap:
            at, _, stream, draft = heapq.heappop(heap)
            if at >= self._end:
                return
            if draft is not None:
                draft.at = at
                yield self._write(draft)
            self._advance(at, stream)
            self._admit()

    def _calendar(self) -> Stream:
        """Begin each day's campaigns and events at their hour."""
        scene, rng = self._scene, self._scene.rng
        for midnight in range(self._start, self._end, _DAY):
            for kind, per_day in self._plan.per_day.items():
                expected = per_day * self._scale
                count = int(expected) + (rng.random() < expected % 1)
                for _ in range(count):
                    at = waking_moment(rng, midnight)
                    scene.begin(at, self._later(at, _MAKERS[kind]))
            yield midnight + _DAY

    def _later(self, at: int, make: _Maker) -> Stream:
        """Make the event when its time has come, since it looks for what is live then."""
        yield at
        yield from make(self._scene, at)

    def _admit(self) -> None:
        for at, stream in self._scene.take_waiting():
            self._advance(at, stream)

    def _advance(self, now: int, stream: Stream) -> None:
        step = next(stream, None)
        if step is None:
            return
        draft = step if isinstance(step, Draft) else None
        at = max(now, step.at if isinstance(step, Draft) else step)
        self._pushed += 1
        heapq.heappush(self._heap, (at, self._pushed, stream, draft))

    def _write(self, draft: Draft) -> SimulatedRecord:
        self._written += 1
        self._background.written = self._written
        account, root = draft.account, draft.root
        parent = draft.parent or root
        platform = account.platform
        number = ((draft.at - _SINA_EPOCH) << 22) + self._written % (1 << 22)
        draft.id = str(number) if platform == "sina_weibo" else str(number + (1 << 60))
        line = _ENCODER.encode(
            _Wire(
                draft.id,
                platform,
                draft.kind,
                account.author,
                draft.text,
                iso(draft.at),
                root.id if root is not None else None,
                parent.id if parent is not None else None,
                account.client,
            )
        )
        target = draft.target
        if target is None:
            target = f"{platform}:{root.id if root is not None else draft.id}"
        elif target.startswith("#"):
            target = "#" + fold(target.strip("#"))
        return SimulatedRecord(
            draft.id, platform, draft.kind, draft.at, account.id, line, draft.episode, target
        )


_ENCODER = msgspec.json.Encoder()
