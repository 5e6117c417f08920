"""How long the console's search page takes: ``python -m benchmarks.console [FILE] [--engine FOLDER]``.

FILE holds intake records (NDJSON, ``.xz`` allowed); ``--documents`` beyond those of the file are simulated
talk. They are indexed once (into ``--data`` or the engine, kept for the next time) and searched as staff do:
a page of folded hits, and counts with facets and histogram, asked for at the same time as the page does,
together one look-up. Queries are words of the corpus, alone, joined, with fields, from rare to very common;
*broad* ones are fields and times without words, each asked once. Prints one JSON object with milliseconds by
how much a query finds, and the processor time of a look-up.

``--engine`` starts a real engine on a folder with the memory that ``docker-compose.yml`` gives it, and leaves
the data there; ``--elasticsearch`` takes one that runs.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import msgspec

from benchmarks.search_index import documents_of, read_documents
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
from tests.testkit.services import ElasticsearchServer
from tests.testkit.services.elasticsearch import VECTORS

_BATCH = 2_000
_ZONE = ZoneInfo("Asia/Shanghai")
_LAYOUT = Layout(prefix="console-benchmark-", replicas=0)
_MANY = 50_000
_A_DAY = 100_000
# A few of the file's records are repeats.
_NEARLY_ALL = 0.999
_ENGINE_HEAP_MIB = 2_048


class Latency(msgspec.Struct, frozen=True):
    """Milliseconds of whole look-ups (a page, and its counts)."""

    lookups: int
    p50: float
    p99: float
    slowest: float
    slowest_query: str


class Report(msgspec.Struct, frozen=True):
    """What is printed: by how many records a query finds. Processor time is that of one look-up with words,
    of this process and of the engine (0 where it is not ours).
    """

    documents: int
    users: int
    up_to_50_000: Latency | None
    beyond: Latency | None
    all_words: Latency | None
    broad: Latency | None
    processor_ms: float
    engine_processor_ms: float


class Timed(msgspec.Struct, frozen=True):
    """One look-up: how many records it found, and how long it took."""

    records: int
    milliseconds: float
    q: str


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


def corpus(path: Path | None, documents: int) -> Iterator[Document]:
    """As many documents as wanted: the file's records, then days of simulated talk."""
    written = 0
    if path is not None:
        for document in spread(read_documents(path, documents)):
            written += 1
            yield document
    missing = documents - written
    if missing > 0:
        days = math.ceil(missing / _A_DAY) + 1
        talk = (record.line for record in simulate(days, 1, _A_DAY))
        yield from islice(spread(documents_of(talk)), missing)


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
        place = place * 1.05 + 1


def states(words: Sequence[str], lookups: int, seed: int) -> Iterator[SearchState]:
    """What staff ask: words from rare to common, with operators, fields, orders and folding; none twice."""
    chance = random.Random(seed)  # noqa: S311  # queries, not a secret
    asked: set[str] = set()
    while len(asked) < lookups:
        first, second = chance.choice(words), chance.choice(words)
        q = chance.choice(
            (
                *(first, first, f"{first} {second}", f"{first} OR {second}", f"{first} NOT {second}"),
                *(f"{first} sentiment:negative", f'"{first}" kind:repost emotion:angry'),
                *(f"watchlist:housing {first}", f"({first} OR {second}) platform:sina_weibo NOT kind:post"),
            )
        )
        if q in asked:
            continue
        asked.add(q)
        yield SearchState(
            q=q,
            sort=chance.choice(("newest", "newest", "relevance", "oldest", "reach")),
            without_campaigns=chance.random() < 0.1,
        )


_FIELDS = (
    *("", "kind:repost", "kind:comment", "NOT kind:post", "platform:sina_weibo", "NOT emotion:angry"),
    *(f"sentiment:{one}" for one in ("negative", "neutral", "positive", "uncertain")),
    *(f"emotion:{one}" for one in EMOTIONS),
    *("watchlist:housing", "watchlist:transport", "watchlist:housing OR watchlist:education"),
)


def broad_states(lookups: int, seed: int) -> list[SearchState]:
    """What finds very much: everything, a field or two, a stretch of time; none twice."""
    chance = random.Random(seed)  # noqa: S311  # queries, not a secret
    asked: dict[str, None] = {"": None}
    while len(asked) < lookups:
        first, second = chance.choice(_FIELDS), chance.choice(_FIELDS)
        q = chance.choice((first, f"{first} ({second})" if second else first))
        if chance.random() < 0.5:
            year, month, day = chance.randrange(2009, 2012), chance.randrange(1, 13), chance.randrange(1, 28)
            q += f" after:{year}-{month:02}-{day:02}"
        asked[q.strip()] = None
    return [SearchState(q=q) for q in asked]


class Asking:
    """Users who search at the same time; as a page does, each asks for hits and counts at once."""

    def __init__(self, index: Callable[[], OpinionReader], users: int) -> None:
        self._desk = OpinionDesk(index, _ZONE)
        self._users = ThreadPoolExecutor(users)
        self._pages = ThreadPoolExecutor(users)

    def ask(self, states: Iterable[SearchState]) -> list[Timed]:
        """Look all of these up."""
        return list(self._users.map(self._look_up, states))

    def _look_up(self, state: SearchState) -> Timed:
        began = time.perf_counter()
        page = self._pages.submit(self._desk.search, state)
        found = self._desk.overview(state)
        page.result()
        return Timed(found.records, (time.perf_counter() - began) * 1000, state.q)


def measure(
    index: Callable[[], OpinionReader],
    words: Sequence[str],
    lookups: int,
    users: int,
    engine_seconds: Callable[[], float],
) -> Report:
    """Ask as so many users at once; ``engine_seconds`` is the processor time of the engine so far."""
    asking = Asking(index, users)
    asking.ask(states(words, 25 * users, seed=8))
    ours, engines = time.process_time(), engine_seconds()
    timed = asking.ask(states(words, lookups, seed=7))
    ours, engines = time.process_time() - ours, engine_seconds() - engines
    broad = asking.ask(broad_states(max(3, lookups // 5), seed=9))
    return Report(
        documents=index().count(Query()),
        users=users,
        up_to_50_000=_latency([one for one in timed if one.records <= _MANY]),
        beyond=_latency([one for one in timed if one.records > _MANY]),
        all_words=_latency(timed),
        broad=_latency(broad),
        processor_ms=round(ours / lookups * 1000, 1),
        engine_processor_ms=round(engines / lookups * 1000, 1),
    )


def _latency(timed: Sequence[Timed]) -> Latency | None:
    if not timed:
        return None
    taken = sorted(one.milliseconds for one in timed)
    slowest = max(timed, key=lambda one: one.milliseconds)
    p99 = taken[min(len(taken) - 1, round(len(taken) * 0.99))]
    return Latency(
        len(taken), round(statistics.median(taken), 1), round(p99, 1), round(taken[-1], 1), slowest.q
    )


def on_sqlite(path: Path | None, data: Path, documents: int) -> Callable[[], OpinionReader]:
    """The embedded index, filled unless it is."""
    if not (data / DATABASE_NAME).exists():
        with SqliteStore(data) as store, store.transaction():
            index = SqliteIndex(store)
            fill(index.create, index.update_memberships, corpus(path, documents))
    return ThreadReaders(data)


def on_elasticsearch(path: Path | None, url: str, documents: int) -> Callable[[], OpinionReader]:
    """The engine's index, filled unless it holds so many."""
    client = connect(url)
    install(client, url, _LAYOUT)
    index = ElasticsearchIndex(client, url, _LAYOUT)
    if index.count(Query()) < documents * _NEARLY_ALL:
        fill(index.create, index.update_memberships, corpus(path, documents))
        client.options(request_timeout=600).indices.forcemerge(
            index=_LAYOUT.pattern("opinions"), max_num_segments=1
        )
        client.indices.refresh(index=_LAYOUT.pattern("opinions"))
    # What was asked the time before must not be known already.
    client.indices.clear_cache(index=_LAYOUT.pattern("opinions"), request=True)
    return lambda: index


@contextmanager
def an_engine(folder: Path | None) -> Iterator[ElasticsearchServer | None]:
    """A real engine on a folder, as large as its container, with all that its compilers can do."""
    if folder is None:
        yield None
        return
    with ElasticsearchServer(folder, heap_mib=_ENGINE_HEAP_MIB, java_flags=(VECTORS,)) as server:
        yield server


def processor_seconds(server: ElasticsearchServer | None) -> float:
    """What a server has used of processors so far; 0 where there is none of ours."""
    if server is None or server.process is None:
        return 0.0
    fields = Path(f"/proc/{server.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--data", type=Path, help="where the index is kept (default: nowhere)")
    parser.add_argument("--engine", type=Path, metavar="FOLDER")
    parser.add_argument("--elasticsearch", metavar="URL")
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--lookups", type=int, default=400)
    parser.add_argument("--users", type=int, default=1)
    options = parser.parse_args(arguments)
    file, documents = options.file, options.documents
    with TemporaryDirectory(prefix="console-bench-") as folder, an_engine(options.engine) as server:
        url = options.elasticsearch or (server.address if server else None)
        if url:
            index = on_elasticsearch(file, url, documents)
        else:
            index = on_sqlite(file, options.data or Path(folder) / "data", documents)
        words = common_words(islice(corpus(file, documents), 60_000))
        report = measure(index, words, options.lookups, options.users, partial(processor_seconds, server))
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
