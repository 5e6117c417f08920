"""Speed and size of the embedded index: ``python -m benchmarks.search_index FILE [--documents N]``.

FILE holds intake records (NDJSON, ``.xz`` allowed). Prints one JSON object: microseconds of CPU and bytes for
each document, as the records are and with texts of 40 characters, and milliseconds for each query.
"""

from __future__ import annotations

import argparse
import json
import lzma
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import msgspec

from monitor.documents import Document, SourcePosition
from monitor.index.port import Histogram, Query, Terms
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import DATABASE_NAME, SqliteStore
from monitor.records import Post
from monitor.text import hashtags, links, own_words, signatures

_BATCH = 2_000
_ROUNDS = 7
_MAXIMUM_TARGETS = 6
_TEXT_CHARACTERS = 40


def read_documents(path: Path, limit: int) -> Iterator[Document]:
    """Documents of the first records of a file, with targets as the pipeline makes them."""
    with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as lines:
        yield from documents_of(islice(lines, limit))


def documents_of(lines: Iterable[bytes]) -> Iterator[Document]:
    """Documents of intake records, with targets as the pipeline makes them."""
    decoder = msgspec.json.Decoder(Post)
    for offset, line in enumerate(lines):
        yield _document(decoder.decode(line), offset)


def _document(post: Post, offset: int) -> Document:
    own = own_words(post.text)
    targets = [post.cascade, *(f"#{tag}" for tag in hashtags(own)), *(f"link:{link}" for link in links(own))]
    targets += [f"text:{signature}" for signature in signatures(own)]
    return Document(
        id=post.identity,
        platform=post.platform,
        kind=post.kind,
        root=post.cascade,
        author=post.author.id,
        text=post.text,
        created_at=int(post.created_at.timestamp() * 1000),
        polarity=0.25,
        label="positive",
        confidence=0.75,
        uncertain=not own,
        model="none",
        position=SourcePosition("benchmark", offset, 0),
        watchlists=("food",) if "吃" in own else (),
        targets=tuple(targets[:_MAXIMUM_TARGETS]),
    )


def of_forty_characters(documents: Sequence[Document]) -> list[Document]:
    """The same documents with texts of 40 characters, cut out of all texts joined."""
    characters = cycle("".join(document.text for document in documents))
    return [
        msgspec.structs.replace(document, text="".join(islice(characters, _TEXT_CHARACTERS)))
        for document in documents
    ]


def fill(directory: Path, documents: Sequence[Document]) -> dict[str, float]:
    """Store documents in batches of 2,000, one transaction each."""
    started, cpu = time.perf_counter(), time.process_time()
    with SqliteStore(directory) as store:
        index = SqliteIndex(store)
        for at in range(0, len(documents), _BATCH):
            with store.transaction():
                index.create(documents[at : at + _BATCH])
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        stored = index.count(Query())
    size = (directory / DATABASE_NAME).stat().st_size
    return {
        "documents": stored,
        "cpu_microseconds_per_document": round(cpu / len(documents) * 1e6, 1),
        "microseconds_per_document": round(seconds / len(documents) * 1e6, 1),
        "bytes_per_document": round(size / stored, 1),
    }


def latencies(directory: Path) -> dict[str, float]:
    """Median milliseconds of each query, the file being in memory."""
    with SqliteStore(directory, read_only=True) as store:
        index = SqliteIndex(store)
        middle = index.search(Query(limit=10_000))
        document = middle.hits[-1].document
        queries: dict[str, Callable[[], object]] = {
            f"search {name}": partial(index.search, query)
            for name, query in {
                "newest": Query(),
                "page 10,001": Query(cursor=middle.cursor),
                "中国": Query(text="中国"),
                "中国 by relevance": Query(text="中国", sort="relevance"),
                "的 (one character)": Query(text="的"),
                '"转发微博" (phrase)': Query(text='"转发微博"'),
                "author": Query(author=document.author),
                "target": Query(target=document.root),
            }.items()
        }
        queries["count 的"] = lambda: index.count(Query(text="的"))
        queries["histogram of all by day"] = lambda: index.aggregate(Query(), Histogram(86_400))
        queries["sentiment of all"] = lambda: index.aggregate(Query(), Terms("sentiment"))
        queries["authors of 中国"] = lambda: index.aggregate(Query(text="中国"), Terms("author"))
        return {name: _median_milliseconds(ask) for name, ask in queries.items()}


def _median_milliseconds(ask: Callable[[], object]) -> float:
    taken = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(taken), 2)


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--documents", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    documents = list(read_documents(options.file, options.documents))
    with tempfile.TemporaryDirectory() as folder:
        report = {"as_they_are": fill(Path(folder) / "real", documents)}
        report["milliseconds"] = latencies(Path(folder) / "real")
        first = of_forty_characters(documents[:100_000])
        report["texts_of_40_characters"] = fill(Path(folder) / "forty", first)
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
