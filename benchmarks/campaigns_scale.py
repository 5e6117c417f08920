"""``python -m benchmarks.campaigns_scale TALK --records N``: detection over many records, in one process.

TALK is ``day`` (the simulator's ordinary day, campaigns included), ``publisher`` (ordinary comments and
reposts under one large publisher, a post every ten minutes), ``target`` (all under one post) or ``flood``
(one sentence under one post). Another process makes them up. Every tenth of the records it prints the records
per processor second since the last line and the memory of detection's process.
"""

from __future__ import annotations

import heapq
import random
import resource
from collections.abc import Iterator
from datetime import datetime
from itertools import count, islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Literal

import click
import msgspec

from benchmarks.detection import Detection, decoded
from monitor.campaigns.background import Background
from monitor.records import Author, Post
from streams.sources.simulator.clock import CHINA
from streams.sources.simulator.language import essay
from streams.sources.simulator.scene import Draft, Scene, awake_delays
from streams.sources.simulator.talk import cascade, draw_temper
from streams.sources.simulator.world import DEFAULT_START, simulate

_PER_DAY = 110_000
_PEOPLE = 400_000
_GAP_SECONDS = 600
_ANSWERS = 1_500
_SPAN_SECONDS = 172_800
_MEDIAN_SECONDS = 3_600.0
_BATCH = 2_000
_SENTENCE = "这家小店的点心真好吃大家都来尝一尝吧"
Talk = Literal["day", "publisher", "target", "flood"]


def a_day(records: int, seed: int) -> Iterator[Post]:
    """The simulator's talk, day after day."""
    yield from decoded(one.line for one in simulate(1 + records / _PER_DAY, seed, _PER_DAY))


def a_publisher(seed: int, answers: int = _ANSWERS) -> Iterator[Post]:
    """Posts of one account of the media, each with about so many answers, in order of event time."""
    rng = random.Random(seed)  # noqa: S311 - a seed, not secrecy
    start = int(DEFAULT_START.timestamp())
    scene = Scene(rng, start, people=_PEOPLE)
    publisher = scene.crowds["sina_weibo"].media[0]
    waiting: list[tuple[int, int, Draft]] = []
    numbers = count()
    for at in count(start, _GAP_SECONDS):
        while waiting and waiting[0][0] < at:
            yield _written(heapq.heappop(waiting)[2], next(numbers))
        root = Draft(at, publisher, essay(rng, scene.subject(), "neutral"), subject=scene.subject())
        yield _written(root, next(numbers))
        size = int(answers * rng.lognormvariate(-0.5, 1.0))
        moments = awake_delays(rng, at, size, _MEDIAN_SECONDS, _SPAN_SECONDS)
        for draft in cascade(scene, root, moments, draw_temper(rng)):
            if isinstance(draft, Draft):
                heapq.heappush(waiting, (draft.at, next(numbers), draft))


def a_target(records: int, seed: int) -> Iterator[Post]:
    """One post and its answers, ten a second."""
    rng = random.Random(seed)  # noqa: S311
    start = int(DEFAULT_START.timestamp())
    scene = Scene(rng, start, people=_PEOPLE)
    root = Draft(start, scene.crowds["sina_weibo"].media[0], "", subject=scene.subject())
    root.text = essay(rng, root.subject, "neutral")
    yield _written(root, 0)
    moments = [start + 1 + at // 10 for at in range(records)]
    for number, draft in enumerate(cascade(scene, root, moments, draw_temper(rng)), 1):
        if isinstance(draft, Draft):
            yield _written(draft, number)


def a_flood(records: int, seed: int) -> Iterator[Post]:
    """The same, but all answers are one sentence."""
    for post in a_target(records, seed):
        yield post if post.root_id is None else msgspec.structs.replace(post, text=_SENTENCE)


def _written(draft: Draft, number: int) -> Post:
    root = draft.root
    draft.id = f"n{number:09d}"
    return Post(
        id=draft.id,
        platform="sina_weibo",
        kind=draft.kind,
        author=Author(id=draft.account.id),
        text=draft.text,
        created_at=datetime.fromtimestamp(draft.at, CHINA),
        source=draft.account.client,
        root_id=None if root is None else root.id,
    )


def made_up(talk: Talk, records: int, seed: int) -> Iterator[Post]:
    """The records of a talk, in order of event time."""
    if talk == "day":
        return a_day(records, seed)
    if talk == "publisher":
        return a_publisher(seed)
    return a_target(records, seed) if talk == "target" else a_flood(records, seed)


def _feed(talk: Talk, records: int, seed: int, end: Connection) -> None:
    posts = made_up(talk, records, seed)
    for _ in range(0, records, _BATCH):
        end.send(list(islice(posts, _BATCH)))
    end.close()


def _fed(talk: Talk, records: int, seed: int) -> Iterator[Post]:
    """The same from a process of their own, so that its memory and time are not detection's."""
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_feed, args=(talk, records, seed, there), daemon=True)
    process.start()
    there.close()
    for _ in range(0, records, _BATCH):
        yield from here.recv()
    process.join()


@click.command()
@click.argument("talk", type=click.Choice(["day", "publisher", "target", "flood"]))
@click.option("--records", default=1_000_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(talk: Talk, records: int, seed: int) -> None:
    """Measure."""
    posts = _fed(talk, records, seed)
    detection = Detection(Background.shipped())
    part = max(1, records // 10)
    for _ in range(10):
        seconds, before = detection.seconds, detection.records
        detection.take(islice(posts, part))
        speed = (detection.records - before) / (detection.seconds - seconds)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        found = len(detection.campaigns())
        click.echo(
            f"{detection.records:>9,} records: {speed:,.0f} records/s, {memory:,} MB, {found} campaigns"
        )
    for campaign in detection.campaigns():
        strong = ", ".join(name for name, value in campaign.signals.items() if value >= 0.5)
        click.echo(f"{campaign.targets[0]}: {campaign.accounts} accounts, {strong}")


if __name__ == "__main__":
    main()
