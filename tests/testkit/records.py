"""Factories of intake records, and what a data directory holds in the end."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import msgspec

from monitor.composition import open_reader
from monitor.index.port import Query, Terms

_NUMBERS = count(1)


def a_record(**fields: object) -> dict[str, object]:
    """A valid record of its own; ``author="x"`` is short for an author object, None leaves a field out."""
    number = next(_NUMBERS)
    record: dict[str, object] = {
        "id": f"r{number}",
        "platform": "sina_weibo",
        "kind": "post",
        "author": {"id": f"a{number}"},
        "text": f"第{number}条：今天天气不错",
        "created_at": "2011-12-05T10:00:00+08:00",
    } | fields
    if isinstance(record["author"], str):
        record["author"] = {"id": record["author"]}
    return {name: value for name, value in record.items() if value is not None}


def a_line(**fields: object) -> bytes:
    """The JSON of ``a_record``."""
    return msgspec.json.encode(a_record(**fields))


def write_lines(path: Path, lines: list[bytes]) -> Path:
    """A file of these lines."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def contents(data: Path, *, positions: bool = True) -> dict[str, list[bytes]]:
    """Everything that a data directory says, in a fixed order, as bytes to compare.

    ``positions`` False leaves out where records came from.
    """
    index = open_reader(data)
    documents = []
    cursor = None
    while True:
        page = index.search(Query(sort="oldest", limit=5_000, cursor=cursor))
        for hit in page.hits:
            tree = msgspec.to_builtins(hit)
            if not positions:
                del tree["document"]["position"]
            documents.append(msgspec.json.encode(tree))
        cursor = page.cursor
        if cursor is None:
            break
    watchlists = [bucket.key for bucket in index.aggregate(Query(), Terms("watchlist", size=100))]
    return {
        "documents": documents,
        "figures": [
            msgspec.json.encode(key) + figure.canonical()
            for watchlist in ("all", *watchlists)
            for key, figure in index.figures(str(watchlist), None, None, None)
        ],
        "campaigns": [msgspec.json.encode(campaign) for campaign in index.campaigns()],
        "alerts": [msgspec.json.encode(alert) for alert in index.alerts()],
        "dead_letters": [
            msgspec.json.encode(letter if positions else (letter.reason, letter.raw))
            for letter in index.dead_letters()
        ],
    }


def nine_minutes() -> list[bytes]:
    """Nine records, a minute apart."""
    return [a_line(created_at=f"2011-12-05T10:0{minute}:00+08:00") for minute in range(9)]
