"""Small worlds in which a public speaks and a campaign pushes the other way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

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
_TAG, _ROOT = "#话题# ", "root"
_LEAST_POOL = 30
Army = Literal["waves", "small waves", "slow pool"]
"""Waves of 30 to 80 copied posts, of 15 to 30, or sentences of a pool of 8 to 30, recycled over hours."""
Place = Literal["hashtag", "cascade", "nothing"]
"""What all records have in common: a hashtag, the post they answer, or nothing."""


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


def a_world(
    seed: int,
    notice: Notice,
    campaign_part: float | None = None,
    army: Army = "waves",
    place: Place = "hashtag",
) -> Outcome:
    """A public of 80 to 600 people over three hours; ``campaign_part`` of the records (0 to 0.6) are paid."""
    random = Random(seed)
    part = random.uniform(0.0, 0.6) if campaign_part is None else campaign_part
    truth = random.uniform(0.15, 0.85)
    records = _public(random, truth, place)
    paid_for = round(len(records) * part / (1 - part))
    if army == "slow pool":
        records += _pool(random, paid_for, place, negative=truth < 0.5)
    else:
        sizes = (30, 80) if army == "waves" else (15, 30)
        records += _campaign(random, paid_for, place, sizes, negative=truth < 0.5)
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


def _public(random: Random, truth: float, place: Place) -> list[Written]:
    records: list[Written] = []
    for person in range(random.randint(80, 600)):
        negative = random.random() < truth
        # A few write much: one person one voice is what keeps them from speaking for all.
        for _ in range(min(20, int(random.paretovariate(1.6)))):
            text = "".join(chr(random.randint(0x4E00, 0x8FFF)) for _ in range(random.randint(10, 30)))
            at = random.randrange(_HOURS * 3_600_000)
            records.append(Written(_post(f"p{person}", len(records), at, text, place), negative))
    return records


def _campaign(
    random: Random, count: int, place: Place, sizes: tuple[int, int], *, negative: bool
) -> list[Written]:
    """Waves of so many records within minutes, each with a text or two; what is left over is no wave."""
    records: list[Written] = []
    least, most = sizes
    while count - len(records) >= least:
        size = min(random.randint(least, most), count - len(records))
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
            name, at = f"c{wave}-{one.account}", start + one.after
            post = _post(name, 100_000 + wave + number, at, one.text, place)
            records.append(Written(post, negative, paid=True))
    return records


def _pool(random: Random, count: int, place: Place, *, negative: bool) -> list[Written]:
    """Sentences out of a pool, over one to three hours, by accounts that write once to three times."""
    if count < _LEAST_POOL:
        return []
    minutes = random.uniform(60, _HOURS * 60)
    planted = a_campaign(
        random,
        accounts=max(_LEAST_POOL, round(count / random.uniform(1, 3))),
        minutes=minutes,
        sentences=random.randint(8, 30),
        paraphrase=random.uniform(0.0, 0.1),
        records=count,
    )
    start = random.randrange(1 + round((_HOURS * 60 - minutes) * 60_000))
    return [
        Written(
            _post(f"c{one.account}", 100_000 + at, start + one.after, one.text, place), negative, paid=True
        )
        for at, one in enumerate(planted)
    ]


def _post(author: str, number: int, after: int, text: str, place: Place) -> Post:
    return Post(
        id=f"{number}",
        platform="sina_weibo",
        kind="repost" if place == "cascade" else "post",
        author=Author(id=author),
        text=_TAG + text if place == "hashtag" else text,
        created_at=_START + timedelta(milliseconds=after),
        root_id=_ROOT if place == "cascade" else None,
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
