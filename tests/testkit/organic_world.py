"""Small worlds in which a public speaks and a campaign pushes the other way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec

from benchmarks.detection import Detection
from monitor.campaigns.background import Background
from monitor.opinion.figures import Figure, Observation
from monitor.opinion.organic import SETTLED_MS, Opinion, opinion
from monitor.records import Author, Post
from monitor.scoring.port import Label
from tests.testkit.planting import a_campaign

_START = datetime(2011, 12, 5, 4, tzinfo=UTC)
_HOURS = 3
_UNCERTAIN, _MISREAD = 0.15, 0.05


class Outcome(msgspec.Struct, frozen=True):
    """What was found of a world: the truth is the share of negative people in the public it is drawn from."""

    campaign_part: float
    truth: float
    truth_polarity: float
    found: Opinion


class Written(msgspec.Struct, frozen=True):
    """A record, how it feels, and whether it was paid for."""

    post: Post
    negative: bool
    paid: bool = False


Notice = Callable[[list[Written], Random], dict[str, int]]
"""Says of records which belong to campaigns, in thousandths of probability."""


def by_detector(background: Background) -> Notice:
    """As the detector and the joiner find them."""

    def notice(records: list[Written], random: Random) -> dict[str, int]:
        del random
        detection = Detection(background)
        detection.take(one.post for one in records)
        weights: dict[str, int] = {}
        for campaign in detection.campaigns():
            for record, milli in detection.members[campaign.id].items():
                weights[record] = max(milli, weights.get(record, 0))
        return weights

    return notice


def noticing(part: float) -> Notice:
    """``part`` of the paid records is noticed at 0.95, and one of a hundred others by mistake at 0.5."""

    def notice(records: list[Written], random: Random) -> dict[str, int]:
        weights = {}
        for one in records:
            if one.paid and random.random() < part:
                weights[one.post.identity] = 950
            elif not one.paid and random.random() < 0.01:
                weights[one.post.identity] = 500
        return weights

    return notice


def a_world(seed: int, notice: Notice, campaign_part: float | None = None) -> Outcome:
    """A public of 80 to 600 people over three hours; ``campaign_part`` of the records (0 to 0.6) are paid."""
    random = Random(seed)
    part = random.uniform(0.0, 0.6) if campaign_part is None else campaign_part
    truth = random.uniform(0.15, 0.85)
    records = _public(random, truth)
    records += _campaign(random, round(len(records) * part / (1 - part)), negative=truth < 0.5)
    records.sort(key=lambda one: one.post.created_at)
    weights = notice(records, random)
    figure = Figure()
    for one in records:
        _count(random, figure, one, weights.get(one.post.identity, 0))
    end = round((_START + timedelta(hours=_HOURS)).timestamp() * 1000)
    found = opinion(figure, end=end, reached=end + SETTLED_MS)
    # A text is misread now and then, which no interval of a sample can know: the truth is as it is read.
    read = truth * (1 - _MISREAD) + (1 - truth) * _MISREAD
    paid = sum(one.paid for one in records) / len(records)
    return Outcome(paid, read, 0.8 * (1 - 2 * read), found)


def _public(random: Random, truth: float) -> list[Written]:
    records: list[Written] = []
    for person in range(random.randint(80, 600)):
        negative = random.random() < truth
        # A few write much: one person one voice is what keeps them from speaking for all.
        for _ in range(min(20, int(random.paretovariate(1.6)))):
            text = "".join(chr(random.randint(0x4E00, 0x8FFF)) for _ in range(random.randint(10, 30)))
            at = random.randrange(_HOURS * 3_600_000)
            records.append(Written(_post(f"p{person}", len(records), at, text), negative))
    return records


def _campaign(random: Random, count: int, *, negative: bool) -> list[Written]:
    """Waves of 30 to 80 records within minutes, each with a text or two; what is left over is no wave."""
    records: list[Written] = []
    while count - len(records) >= 30:
        size = min(random.randint(30, 80), count - len(records))
        planted = a_campaign(
            random,
            accounts=max(12, size // random.randint(1, 3)),
            minutes=random.uniform(5, 20),
            sentences=random.randint(1, 2),
            paraphrase=random.uniform(0.0, 0.1),
            records=size,
        )
        start, wave = random.randrange((_HOURS * 60 - 20) * 60_000), len(records)
        for number, one in enumerate(planted):
            post = _post(f"c{wave}-{one.account}", 100_000 + wave + number, start + one.after, one.text)
            records.append(Written(post, negative, paid=True))
    return records


def _post(author: str, number: int, after: int, text: str) -> Post:
    return Post(
        id=f"{number}",
        platform="sina_weibo",
        kind="post",
        author=Author(id=author),
        text=f"#话题# {text}",
        created_at=_START + timedelta(milliseconds=after),
    )


def _count(random: Random, figure: Figure, one: Written, milli: int) -> None:
    negative = one.negative != (random.random() < _MISREAD)
    label: Label = "negative" if negative else "positive"
    figure.add(
        Observation(
            platform=one.post.platform,
            at=0,
            author=one.post.author.id,
            kind="post",
            label=label,
            polarity=-0.8 if negative else 0.8,
            scored=True,
            uncertain=random.random() < _UNCERTAIN,
            emotion=None,
            watchlists=(),
        )
    )
    if milli:
        figure.weigh(one.post.author.id, milli)
