"""Factories of posts, sightings and campaign revisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from monitor.campaigns.port import CampaignRevision, Interval, Membership, Sighting
from monitor.records import Author, Kind, Post

_NUMBERS = count()


def a_post(text: str = "", kind: str = "repost") -> Post:
    chosen: Kind = "post" if kind == "post" else "repost"
    return Post(
        id="1",
        platform="sina_weibo",
        kind=chosen,
        author=Author(id="u1"),
        text=text,
        created_at=datetime.fromisoformat("2012-03-04T05:06:07+08:00"),
        root_id=None if chosen == "post" else "root",
    )


def a_repost(text: str, number: int, minute: float) -> Post:
    """The ``number``-th repost of a cascade, ``minute`` minutes after its root."""
    return Post(
        id=f"r{number}",
        platform="sina_weibo",
        kind="repost",
        author=Author(id=f"reader{number}"),
        text=text,
        created_at=datetime.fromisoformat("2012-03-04T05:00:00+08:00") + timedelta(minutes=minute),
        root_id="root",
    )


def a_sighting(
    own: str = "",
    at: int = 0,
    object: str = "sina_weibo:root",  # noqa: A002 - the field's name
    author: str | None = None,
    record: str | None = None,
    bare: str = "",
) -> Sighting:
    number = next(_NUMBERS)
    return Sighting(
        object=object,
        author=author or f"author{number}",
        own=own,
        kind="repost",
        record=record or f"sina_weibo:{number}",
        at=at,
        cascade="sina_weibo:root",
        bare=bare,
    )


def a_revision(
    identity: str,
    target: str = "sina_weibo:root",
    records: Sequence[str] = (),
    opened_at: int = 0,
) -> CampaignRevision:
    return CampaignRevision(
        id=identity,
        revision=0,
        state="open",
        level="blue",
        score=0.9,
        targets=(target,),
        opened_at=opened_at,
        last_seen_at=opened_at + 1_000,
        closed_at=None,
        accounts=len(records),
        records=len(records),
        signals={"same_words": 0.9},
        against={},
        intervals=(Interval(target, opened_at, opened_at + 1_000),),
        examples=(),
        members=tuple(Membership(record, identity, 0, 900) for record in records),
    )
