"""What an index keeps of a document beside its fields, to sort, fold and count by."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

import msgspec

from monitor.documents import Document
from monitor.opinion.figures import author_hash
from monitor.text import letters, own_words

_KEY_BITS = 63


def reach_of(document: Document) -> int:
    """Reposts, comments and likes together, as the platform counted them when the record was taken in.

    What it did not tell counts as 0, so the reach of a fresh record, or of a repost in most feeds, is 0.
    """
    return (document.reposts or 0) + (document.comments or 0) + (document.likes or 0)


def text_key(document: Document) -> int:
    """A key in [0, 2**63) that documents with the same words share.

    The author's own words count, without punctuation, emoji, links, mentions, case and width; what follows
    along a repost chain does not. Records without own words share a key when they hang on the same post.
    """
    words = letters(own_words(document.text))
    return _hash(f"w{words}" if words else f"r{document.root}")


def author_key(document: Document) -> int:
    """A uniform hash of the author in [0, 2**63)."""
    return author_hash(document.author)


def watchlist_names(document: Document) -> str:
    """The document's watchlists as one JSON array, each once, in order: documents share few such sets."""
    return _names(document.watchlists)


@lru_cache(maxsize=4_096)
def _names(watchlists: tuple[str, ...]) -> str:
    return msgspec.json.encode(sorted(set(watchlists))).decode()


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> (64 - _KEY_BITS)
