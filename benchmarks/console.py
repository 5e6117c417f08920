"""How long the console's search page takes: ``python -m benchmarks.console [FILE] [--elasticsearch URL]``.

FILE holds intake records (NDJSON, ``.xz`` allowed); without one, a simulated day of talk is made. They are
indexed once (into ``--data``, kept for the next time) and searched as staff do: a page of folded hits, and
counts with facets and histogram, together one look-up. Queries are words of the corpus, alone, joined and
with fields, from rare to very common. Prints one JSON object with milliseconds by how much a query finds.
``--documents`` beyond those of the file are made by reading it again under other ids.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import msgspec

from benchmarks.search_index import read_documents
from monitor.campaigns.port import Membership
from monitor.console.opinion_desk import OpinionDesk
from monitor.console.search_state import SearchState
from monitor.documents import Document
from monitor.index.console_store import ThreadReaders
from monitor.index.elasticsearch import ElasticsearchIndex
from monitor.index.elasticsearch_client import connect
from monitor.index.elasticsearch_schema import Layout
from monitor.index.elasticsearch_setup import install
from monitor.index.port import OpinionReader, Query
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import DATABASE_NAME, SqliteStore
from monitor.scoring.port import EMOTIONS, LABELS
from monitor.text import is_cjk, search_stretches
from streams.sources.simulator import simulate

_BATCH = 2_000
_ZONE = ZoneInfo("Asia/Shanghai")
_LAYOUT = Layout(prefix="console-benchmark-", replicas=0)
_MANY = 50_000


class Latency(msgspec.Struct, frozen=True):
    """Milliseconds of whole look-ups (a page, and its counts)."""

    lookups: int
    p50: float
    p99: float
    slowest: float
    slowest_query: str


class Report(msgspec.Struct, frozen=True):
    """What is printed: by how many records a query finds."""

    documents: int
    users: int
    up_to_50_000: Latency | None
    beyond: Latency | None
    everything: Latency | None


def spread(documents: Iterator[Document]) -> Iterator[Document]:
    """The documents with labels, emotions and watchlists spread as scoring would."""
    chance = random.Random(1)  # noqa: S311  # a corpus, not a secret
    names = ("housing", "transport", "education", "food_safety", "health_care")
    for document in documents:
        yield msgspec.structs.replace(
            document,
            label=chance.choice(LABELS),
            uncertain=chance.random() < 0.2,
            emotion=chance.choice(EMOTIONS),
            watchlists=(chance.choice(names),) if chance.random() < 0.2 else (),
            reposts=chance.randrange(10_000) if document.kind == "post" else None,
        )


def several_times(path: Path, documents: int) -> Iterator[Document]:
    """As many documents as wanted: the file's again and again, under other ids and in other cascades."""
    written = 0
    for reading in count():
        for document in spread(read_documents(path, documents - written)):
            written += 1
            suffix = f"-{reading}" if reading else ""
            yield msgspec.structs.replace(
                document,
                id=document.id + suffix,
                root=document.root + suffix,
                author=document.author + (suffix if written % 3 else ""),
                targets=tuple(target + suffix for target in document.targets),
            )
        if written >= documents:
            return


def fill(
    create: Callable[[Sequence[Document]], object],
    join: Callable[[Sequence[Membership]], object],
    documents: Iterator[Document],
) -> None:
    """Write documents; every fiftieth belongs to a campaign."""
    while batch := list(islice(documents, _BATCH)):
        create(batch)
        join([Membership(one.id, f"c{number % 40}", 1, 900) for number, one in enumerate(batch[::50])])


def common_words(documents: Iterator[Document]) -> list[str]:
    """Words of two characters and single characters, from the most common to rare ones."""
    counts: Counter[str] = Counter()
    for document in documents:
        for stretch in search_stretches(document.text):
            if is_cjk(stretch):
                counts.update({stretch[at : at + 2] for at in range(len(stretch) - 1)})
    ranked = [word for word, _ in counts.most_common(20_000)]
    return [ranked[round(place)] for place in _places(len(ranked))]


def _places(length: int) -> Iterator[float]:
    place = 0.0
    while place < length - 1:
        yield place
        place = place * 1.25 + 1


def states(words: Sequence[str], lookups: int, seed: int) -> Iterator[SearchState]:
    """What staff ask: words from rare to common, with operators, fields, orders and folding."""
    chance = random.Random(seed)  # noqa: S311  # queries, not a secret
    for _ in range(lookups):
        first, second = chance.choice(words), chance.choice(words)
        q = chance.choice(
            (
                *(first, first, f"{first} {second}", f"{first} OR {second}", f"{first} NOT {second}"),
                *(f"{first} sentiment:negative", f'"{first}" kind:repost emotion:angry'),
                *(f"watchlist:housing {first}", f"({first} OR {second}) platform:sina_weibo NOT kind:post"),
            )
        )
        yield SearchState(
            q=q,
            sort=chance.choice(("newest", "newest", "relevance", "oldest", "reach")),
            without_campaigns=chance.random() < 0.1,
        )


BROAD = (
    "",
    "sentiment:negative",
    "kind:repost",
    "platform:sina_weibo",
    "watchlist:housing",
    "NOT kind:post emotion:angry",
    "watchlist:housing OR watchlist:transport",
    "after:2012-01-01 before:2013-01-01",
    "after:2012-01-01T10:17:05",
)


def look_up(desk: OpinionDesk, state: SearchState) -> tuple[int, float]:
    """One look-up: how many records it finds, and its milliseconds."""
    began = time.perf_counter()
    desk.search(state)
    found = desk.overview(state)
    return found.records, (time.perf_counter() - began) * 1000


def measure(index: Callable[[], OpinionReader], words: Sequence[str], lookups: int, users: int) -> Report:
    """Ask as so many users at once."""
    desk = OpinionDesk(index, _ZONE)
    asked = [*states(words, lookups, seed=7)]
    broad = [SearchState(q=q) for q in BROAD for _ in range(max(3, lookups // 50))]
    with ThreadPoolExecutor(users) as threads:
        list(threads.map(lambda state: look_up(desk, state), asked[: 4 * users]))
        timed = list(threads.map(lambda state: look_up(desk, state), asked))
        of_all = list(threads.map(lambda state: look_up(desk, state), broad))
    few = [(ms, state.q) for (records, ms), state in zip(timed, asked, strict=True) if records <= _MANY]
    many = [(ms, state.q) for (records, ms), state in zip(timed, asked, strict=True) if records > _MANY]
    return Report(
        documents=index().count(Query()),
        users=users,
        up_to_50_000=_latency(few),
        beyond=_latency(many),
        everything=_latency([(ms, state.q) for (_, ms), state in zip(of_all, broad, strict=True)]),
    )


def _latency(timed: Sequence[tuple[float, str]]) -> Latency | None:
    if not timed:
        return None
    taken = sorted(milliseconds for milliseconds, _ in timed)
    slowest, query = max(timed)
    p99 = taken[min(len(taken) - 1, round(len(taken) * 0.99))]
    return Latency(len(taken), round(statistics.median(taken), 1), round(p99, 1), round(slowest, 1), query)


def on_sqlite(path: Path, data: Path, documents: int) -> Callable[[], OpinionReader]:
    """The embedded index, filled unless it is."""
    if not (data / DATABASE_NAME).exists():
        with SqliteStore(data) as store, store.transaction():
            index = SqliteIndex(store)
            fill(index.create, index.update_memberships, several_times(path, documents))
    return ThreadReaders(data)


def on_elasticsearch(path: Path, url: str, documents: int) -> Callable[[], OpinionReader]:
    """The engine's index, filled unless it holds so many."""
    client = connect(url)
    install(client, url, _LAYOUT)
    index = ElasticsearchIndex(client, url, _LAYOUT)
    if index.count(Query()) < documents:
        fill(index.create, index.update_memberships, several_times(path, documents))
        client.indices.forcemerge(index=_LAYOUT.pattern("opinions"), max_num_segments=1)
        client.indices.refresh(index=_LAYOUT.pattern("opinions"))
    return lambda: index


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--data", type=Path, help="where the index is kept (default: nowhere)")
    parser.add_argument("--elasticsearch", metavar="URL")
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--lookups", type=int, default=400)
    parser.add_argument("--users", type=int, default=1)
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="console-bench-") as folder:
        file = options.file or a_day(Path(folder))
        if options.elasticsearch:
            index = on_elasticsearch(file, options.elasticsearch, options.documents)
        else:
            index = on_sqlite(file, options.data or Path(folder) / "data", options.documents)
        words = common_words(islice(several_times(file, options.documents), 60_000))
        report = measure(index, words, options.lookups, options.users)
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")


def a_day(folder: Path) -> Path:
    """A simulated day of talk as a file."""
    path = folder / "day.ndjson"
    with path.open("wb") as lines:
        lines.writelines(record.line + b"\n" for record in simulate(1, 1, 100_000))
    return path


if __name__ == "__main__":
    main(sys.argv[1:])
