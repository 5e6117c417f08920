"""Speed of the parts of the pipeline, one core, over one simulated day (or a file of records)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from monitor.campaigns.sightings import sightings_of
from monitor.composition import officials_of, score_stage, watchlists_of
from monitor.documents import SourcePosition
from monitor.privacy import KEY_BYTES, Pseudonymizer
from monitor.records import Post, RecordDecoder
from monitor.scoring.registry import scorer
from monitor.scoring.watchlists import WatchlistMatcher
from monitor.settings import LoadedSettings
from monitor.text import own_words
from streams.sources.adapters import RecordAdapter
from streams.stages import Incoming, partial_figures

_BATCH = 500
_ROUNDS = 3
NOW = 1_900_000_000.0


class Speed(msgspec.Struct, frozen=True):
    """Records per second of one part: the best of three rounds, whole seconds of processor time."""

    part: str
    records_per_second: float


def measure(settings: LoadedSettings, lines: Sequence[bytes]) -> list[Speed]:
    """Speed of each part over these records."""
    decoder = RecordDecoder(frozenset(settings.settings.records.platforms))
    posts = [post for line in lines if isinstance(post := decoder.decode(line, NOW), Post)]
    officials = officials_of(settings)
    pseudonymizer = Pseudonymizer(bytes(KEY_BYTES), officials)
    blind = [pseudonymizer.apply(post) for post in posts]
    texts = [post.text for post in blind]
    matcher = WatchlistMatcher(watchlists_of(settings), {})
    model = scorer(settings.settings.scoring.sentiment)
    model.score(texts[:_BATCH])
    stage = score_stage(settings, pseudonymizer, officials, model)
    incoming = [Incoming(SourcePosition("bench", number, 0), line) for number, line in enumerate(lines)]
    documents = stage.score(incoming, RecordAdapter(), NOW).documents
    parts: dict[str, Callable[[], object]] = {
        "decode and validate": lambda: [decoder.decode(line, NOW) for line in lines],
        "pseudonymise": lambda: list(map(Pseudonymizer(bytes(KEY_BYTES), officials).apply, posts)),
        "own words and sightings": lambda: [sightings_of(post, own_words(post.text)) for post in blind],
        "match watchlists": lambda: [matcher.match(text) for text in texts],
        f"score sentiment ({model.model}, batches of {_BATCH})": lambda: [
            model.score(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)
        ],
        "figures": lambda: partial_figures(documents),
        "score stage, whole": lambda: stage.score(incoming, RecordAdapter(), NOW),
    }
    return [Speed(part, len(lines) / _seconds(work)) for part, work in parts.items()]


def _seconds(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best
