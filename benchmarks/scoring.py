"""``python -m benchmarks.scoring``: posts a second of the default scorer, SnowNLP beside it.

Without FILE it scores a simulated day. One process, one core, processor time, the best of several rounds.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec

from monitor.scoring.port import SentimentScorer
from monitor.scoring.registry import scorer
from streams.sources.replay import read_lines
from streams.sources.simulator import simulate

_BATCH = 500
_ROUNDS = 5
_SIMULATED = 20_000
_SLOW_TEXTS = 300
_KIBIBYTE = 1024


class _Text(msgspec.Struct):
    text: str


class ScoringSpeed(msgspec.Struct, frozen=True):
    """Posts a second, how many times SnowNLP that is, and what the default scorer costs to have."""

    model: str
    posts: int
    characters_per_post: float
    posts_per_second: float
    snownlp_posts_per_second: float
    times_snownlp: float
    start_seconds: float
    resident_bytes: int


@click.command()
@click.argument("file", required=False)
@click.option("--posts", default=_SIMULATED, show_default=True, help="How many posts at most.")
@click.option("--json", "as_json", is_flag=True)
def main(file: str | None, posts: int, as_json: bool) -> None:
    """Measure scoring on FILE (records) or on a simulated day."""
    texts = _texts(file, posts)
    speed = measure(texts)
    if as_json:
        click.echo(msgspec.json.encode(speed))
        return
    click.echo(f"{speed.posts} posts of {speed.characters_per_post:.0f} characters, batches of {_BATCH}")
    click.echo(f"{speed.model:<24} {speed.posts_per_second:>12,.0f} posts/s")
    click.echo(f"{'snownlp':<24} {speed.snownlp_posts_per_second:>12,.0f} posts/s")
    click.echo(f"{'ratio':<24} {speed.times_snownlp:>12,.0f}")
    click.echo(f"{'start':<24} {speed.start_seconds:>12.2f} s")
    click.echo(f"{'resident':<24} {speed.resident_bytes / 1e6:>12.0f} MB")


def measure(texts: Sequence[str]) -> ScoringSpeed:
    """Speeds over ``texts``; memory and start of the default scorer are taken before SnowNLP comes in."""
    began = time.process_time()
    default = scorer("default")
    default.score(texts[:1])
    start = time.process_time() - began
    fast = _speed(default, texts, _ROUNDS)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    resident_bytes = resident if sys.platform == "darwin" else resident * _KIBIBYTE
    slow = _speed(scorer("snownlp"), texts[:_SLOW_TEXTS], 1)
    return ScoringSpeed(
        model=default.model,
        posts=len(texts),
        characters_per_post=sum(map(len, texts)) / max(1, len(texts)),
        posts_per_second=fast,
        snownlp_posts_per_second=slow,
        times_snownlp=fast / slow,
        start_seconds=start,
        resident_bytes=resident_bytes,
    )


def _speed(model: SentimentScorer, texts: Sequence[str], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        for start in range(0, len(texts), _BATCH):
            model.score(texts[start : start + _BATCH])
        best = min(best, time.process_time() - began)
    return len(texts) / best


def _texts(file: str | None, posts: int) -> list[str]:
    decoder = msgspec.json.Decoder(_Text)
    if file is not None:
        lines = (line.raw for line in read_lines(file) if line is not None)
        return [decoder.decode(raw).text for raw in islice(lines, posts)]
    with TemporaryDirectory(prefix="opinion-bench-") as folder:
        path = Path(folder) / "day.ndjson"
        path.write_bytes(b"".join(record.line + b"\n" for record in simulate(1, 1, posts)))
        return _texts(str(path), posts)


if __name__ == "__main__":
    main()
