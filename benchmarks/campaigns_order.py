"""``python -m benchmarks.campaigns_order FILE``: whether campaigns depend on the order of arrival.

The records of FILE are taken in order of event time, and then a few times as they arrive when each is up to
ten minutes late. In the end hours go by, so that all campaigns are closed. Printed is how many closed
campaigns have the same targets, intervals and members as in order of event time, joined over their targets.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import islice

import click

from benchmarks.detection import Detection, decoded
from monitor.campaigns.background import Background
from monitor.records import Post
from streams.sources.replay import read_lines

Campaign = tuple[tuple[str, ...], tuple[tuple[str, int, int], ...], tuple[str, ...]]


def closed_campaigns(posts: Sequence[Post], background: Background) -> Counter[Campaign]:
    """Targets, intervals and members of the campaigns in posts that arrive in this order."""
    detection = Detection(background)
    detection.take(posts)
    detection.let_hours_go_by(round(max(post.created_at for post in posts).timestamp() * 1_000))
    return Counter(
        (
            tuple(sorted(one.targets)),
            tuple((part.target, part.start, part.end) for part in one.intervals),
            tuple(sorted(name for name, milli in detection.members[one.id].items() if milli)),
        )
        for one in detection.campaigns()
        if one.state == "closed" and one.records
    )


def in_order(posts: Sequence[Post]) -> list[Post]:
    """By event time, then by record."""
    return sorted(posts, key=lambda post: (post.created_at, post.identity))


def late(posts: Sequence[Post], seed: int, seconds: float) -> list[Post]:
    """As they arrive when each may be so many seconds late."""
    chance = random.Random(seed)  # noqa: S311 - a seed, not secrecy
    arrival = {post.identity: post.created_at.timestamp() + chance.random() * seconds for post in posts}
    return sorted(posts, key=lambda post: (arrival[post.identity], post.identity))


@click.command()
@click.argument("file")
@click.option("--records", default=1_000_000_000, help="Only so many, from the beginning.")
@click.option("--seeds", default=3, show_default=True)
@click.option("--seconds", default=600.0, show_default=True, help="How late a record may come.")
def main(file: str, records: int, seeds: int, seconds: float) -> None:
    """Compare."""
    background = Background.shipped()
    posts = list(islice(decoded(line.raw for line in read_lines(file) if line is not None), records))
    wanted = closed_campaigns(in_order(posts), background)
    click.echo(f"{len(posts):,} records, {wanted.total()} closed campaigns in order of event time")
    for seed in range(seeds):
        found = closed_campaigns(late(posts, seed, seconds), background)
        equal, missing, other = wanted & found, wanted - found, found - wanted
        click.echo(
            f"seed {seed}: {equal.total()} the same, {missing.total()} missing, {other.total()} others"
        )


if __name__ == "__main__":
    main()
