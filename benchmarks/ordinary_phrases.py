"""Learn the model of ordinary phrases: ``python -m benchmarks.ordinary_phrases DIR > ordinary.bin``.

Counts in how many separate talks (cascades, or labelled single posts) a text occurs; texts of three talks
or more are kept as hash and class (log2). Of grams those are kept that one single post in two hundred has.
Reads every ``*.ndjson.xz`` under DIR.
"""

from __future__ import annotations

import lzma
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from monitor.campaigns.background import Background
from monitor.campaigns.words import clauses, key_of, read
from monitor.text import own_words

MAX_SIZE = 24
USUAL = 1 / 200


class _Line(msgspec.Struct):
    text: str
    id: str = ""
    root_id: str | None = None


def lines(path: Path) -> Iterator[_Line]:
    """The records or labelled texts of a file."""
    decoder = msgspec.json.Decoder(_Line)
    with lzma.open(path, "rb") as stream:
        for line in stream:
            yield decoder.decode(line)


def phrases_of(text: str) -> set[int]:
    """Keys of a text and of its phrases between punctuation marks, the short ones."""
    own = own_words(text)
    words = read(own)
    keys = {key_of(clause) for clause in clauses(own) if len(clause) <= MAX_SIZE}
    return keys | {words.key} if 0 < words.size <= MAX_SIZE else keys


def occasions(folder: Path) -> Counter[int]:
    """In how many talks each phrase occurs."""
    counts: Counter[int] = Counter()
    for path in sorted(folder.rglob("*.ndjson.xz")):
        talks: dict[str, set[int]] = {}
        for number, line in enumerate(lines(path)):
            talks.setdefault(line.root_id or line.id or str(number), set()).update(phrases_of(line.text))
        for keys in talks.values():
            counts.update(keys)
    return counts


def usual_grams(folder: Path) -> list[int]:
    """Grams that ``USUAL`` of all posts have that pass nothing on."""
    posts, counts = 0, Counter[int]()
    for path in sorted(folder.rglob("*.ndjson.xz")):
        for line in lines(path):
            if line.root_id is None:
                posts += 1
                counts.update(read(own_words(line.text)).grams)
    return [gram for gram, count in counts.items() if count >= USUAL * posts]


def main(folder: Path) -> None:
    """Write the model to standard output."""
    counts = occasions(folder)
    classes = {key: (count - 1).bit_length() - 1 for key, count in counts.items() if count > 2}
    usual = usual_grams(folder)
    sys.stdout.buffer.write(Background(classes, usual).to_bytes())
    sys.stderr.write(f"{len(classes)} phrases of {len(counts)}, {len(usual)} grams\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
