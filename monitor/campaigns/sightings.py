"""A record as seen from each object it is about.

At most six sightings a record, the most telling objects first: its cascade, its exact text, its hashtags,
signatures of its text (more of an original post, which has no cascade to meet others in), its link, and
the accounts it mentions. Hashtags are read in both ways of writing, ``#tag#`` and
``#tag``; links lose their scheme, query and trailing slash, so that two shares of a page meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from monitor.campaigns.port import Sighting
from monitor.campaigns.words import read, signatures
from monitor.records import Post
from monitor.text import before_chain, fold, hashtags, links, mentions

MAX_SIGHTINGS = 6
MAX_OWN_CHARACTERS = 280
"""Own words beyond this are cut: what is compared is a post's beginning."""
_MAX_BARE_CHARACTERS = 12
_OPEN_HASHTAG = re.compile(r"(?:^|[^\w#＃&/])[#＃]([^\W\d_][\w]{1,59})(?![#＃\w])")
_TAIL = re.compile(r"[（(]\s*(?:分享自|来自|via)|\bvia @|来自 ?@", re.IGNORECASE)
_TITLE = re.compile(
    r"\s*(?:【|《|分享|我在看|我正在|我刚|I'm (?:reading|watching|listening)|I just |Check out )"
)
_SCHEME = re.compile(r"^https?://(?:www\.|m\.)?", re.IGNORECASE)


def sightings_of(post: Post, own: str) -> tuple[Sighting, ...]:
    """What each object learns of a record; the cascade first, then the most specific.

    ``post`` is already pseudonymised (author id and mentions); ``own`` is ``monitor.text.own_words`` of its
    text. A root and its reposts share the object ``platform:root id``.
    """
    cascade = post.cascade
    at = round(post.created_at.timestamp() * 1000)
    author, own = post.author, own[:MAX_OWN_CHARACTERS]
    registered = author.registered_at
    registered_at = None if registered is None else round(registered.timestamp() * 1000)
    bare = "" if own else _bare(post.text)
    button = bool(own) and _is_shared(post.text)
    return tuple(
        Sighting(
            object=target,
            author=author.id,
            own=own,
            kind=post.kind,
            record=post.identity,
            at=at,
            client=post.source,
            followers=author.followers,
            registered_at=registered_at,
            cascade=cascade,
            bare=bare,
            button=button,
        )
        for target in islice(_objects(post, own, cascade), MAX_SIGHTINGS)
    )


def _objects(post: Post, own: str, cascade: str) -> Iterator[str]:
    yield cascade
    if not own and "@" not in post.text and "://" not in post.text and "#" not in post.text:
        return
    texts = ["text:" + signature for signature in signatures(read(own))]
    tags = ["#" + tag for tag in dict.fromkeys(chain(hashtags(own), _open_hashtags(own)))]
    pages = ["link:" + _page(link) for link in links(before_chain(post.text))]
    original = post.kind == "post"
    yield from texts[:1]
    yield from tags[:1]
    yield from texts[1 : 3 if original else 2]
    yield from pages[:1]
    yield from tags[1:2]
    yield from texts[3:] if original else ()
    yield from ("account:" + name for name in mentions(post.text))


def _open_hashtags(own: str) -> list[str]:
    if "#" not in own and "＃" not in own:
        return []
    return [fold(tag) for tag in _OPEN_HASHTAG.findall(own)]


def _is_shared(text: str) -> bool:
    """Whether a client wrote the text: its tail, or a title with a link."""
    return _TAIL.search(text) is not None or ("://" in text and _TITLE.match(text) is not None)


def _page(link: str) -> str:
    return _SCHEME.sub("", link).partition("?")[0].rstrip("/.,;:!").casefold()[:120]


def _bare(text: str) -> str:
    """What a record without own words shows: empty, or the button's exact text, which scripts do not vary."""
    return before_chain(text).strip()[:_MAX_BARE_CHARACTERS]
