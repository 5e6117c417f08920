"""Planted campaigns: put into real cascades or among original posts, and looked for again."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec

from benchmarks.detection import Detection
from monitor.campaigns.background import Background
from monitor.campaigns.port import CampaignRevision
from monitor.records import Author, Post
from tests.testkit.planting import Language, Planted, a_sentence

Make = Callable[[random.Random], list[Planted]]
_PLANTED = "planted-"
_BEFORE, _AFTER, _HOUR = 300, 400, timedelta(hours=1)


class Trial(msgspec.Struct, frozen=True):
    """One campaign looked for: found at all, organic records meanwhile, delay from its tenth record.

    The delay is event time, and how many of the campaign's own records came meanwhile.
    """

    found: bool
    organic: int
    delay_seconds: float | None
    delay_records: int | None
    members: float


def in_a_cascade(
    chance: random.Random, root: Post | None, reposts: Sequence[Post], make: Make, background: Background
) -> Trial:
    """Plant a campaign at a random record of a cascade (its reposts in order of time)."""
    at = chance.randrange(min(20, len(reposts) - 1), len(reposts))
    start = reposts[at].created_at
    root_id = reposts[at].root_id
    planted = [
        Post(
            id=f"{_PLANTED}{number}",
            platform=reposts[at].platform,
            kind="repost",
            author=Author(id=f"{_PLANTED}{one.account}"),
            text=one.text,
            created_at=start + timedelta(milliseconds=one.after),
            root_id=root_id,
        )
        for number, one in enumerate(make(chance))
    ]
    end = planted[-1].created_at
    near = [post for post in reposts[max(0, at - _BEFORE) : at + _AFTER] if post.created_at < end + _HOUR]
    organic = sum(start <= post.created_at <= end for post in near)
    detection = Detection(background)
    detection.take(([root] if root else []) + sorted([*near, *planted], key=lambda post: post.created_at))
    return _judged(detection, planted, organic)


def among_posts(
    chance: random.Random, others: Sequence[Post], make: Make, tag: str | None, background: Background
) -> Trial:
    """Plant a campaign as original posts among others (in order of time), with or without a hashtag."""
    start = others[0].created_at + timedelta(minutes=5)
    planted = [
        Post(
            id=f"{_PLANTED}{number}",
            platform="sina_weibo",
            kind="post",
            author=Author(id=f"{_PLANTED}{one.account}"),
            text=f"#{tag}# {one.text}" if tag else one.text,
            created_at=start + timedelta(milliseconds=one.after),
        )
        for number, one in enumerate(make(chance))
    ]
    end = planted[-1].created_at + timedelta(minutes=5)
    near = [post for post in others if post.created_at <= end]
    detection = Detection(background)
    detection.take(sorted([*near, *planted], key=lambda post: post.created_at))
    return _judged(detection, planted, len(near))


def a_tag(chance: random.Random, language: Language = "zh") -> str:
    """A hashtag that nobody else uses."""
    return a_sentence(chance, language)[1] + str(chance.randrange(100))


def _judged(detection: Detection, planted: list[Post], organic: int) -> Trial:
    identities = {post.identity for post in planted}
    tenth = planted[min(9, len(planted) - 1)].created_at.timestamp() * 1000
    hits: list[CampaignRevision] = []
    taken: set[str] = set()
    for campaign in detection.campaigns():
        members = {name for name, milli in detection.members[campaign.id].items() if milli >= 500}
        mine = members & identities
        if 2 * len(mine) > len(members) or 5 * len(mine) >= len(identities):
            hits.append(campaign)
        taken |= mine
    if not hits:
        return Trial(False, organic, None, None, len(taken) / len(identities))
    opened = min(hit.opened_at for hit in hits)
    waited = sum(tenth < post.created_at.timestamp() * 1000 <= opened for post in planted)
    return Trial(True, organic, max(0.0, opened - tenth) / 1000, waited, len(taken) / len(identities))
