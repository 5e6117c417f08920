"""A record as seen from each object it is about.

At most six sightings a record, the most telling objects first: its cascade, its exact text, its hashtags,
signatures of its text (more of an original post, which has no cascade to meet others in), its link, and
the accounts it mentions. Hashtags are read in both ways of writing, ``#tag#`` and
``#tag``; links lose their scheme, query and trailing slash, so that two shares of a page meet.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from monitor.campaigns.background import Background
from monitor.campaigns.port import Sighting
from monitor.campaigns.words import MINIMA, read, signatures
from monitor.records import Post
from monitor.text import POST_CHARACTERS, before_chain, fold, hashtags, links, mentions

MAX_SIGHTINGS = 6
MAX_OWN_CHARACTERS = 280
"""Own words beyond this are cut: what is compared is a post's beginning."""
_MAX_BARE_CHARACTERS = 12
_REMEMBERED_TEXTS = 4_096
"""People repeat what others wrote, or write nothing, when they pass a post on."""
_OPEN_HASHTAG = re.compile(r"(?:^|[^\w#＃&/])[#＃]([^\W\d_][\w]{1,59})(?![#＃\w])")
_TAIL = re.compile(r"[（(]\s*(?:分享自|来自|via)|\bvia @|来自 ?@|\bautomatically checked by ", re.IGNORECASE)
_TITLE = re.compile(
    r"\s*(?:【|《|分享|我在看|我正在|我刚|I'm (?:reading|watching|listening)|I just |Check out |"
    r"I (?:liked|added|uploaded|posted|favorited) |My week on )"
)
_SCHEME = re.compile(r"^https?://(?:www\.|m\.)?", re.IGNORECASE)


def sightings_of(post: Post, own: str) -> tuple[Sighting, ...]:
    """What each object learns of a record; the cascade first, then the most specific.

    ``post`` is already pseudonymised (author id and mentions); ``own`` is ``monitor.text.own_words`` of its
    text. A root and its reposts share the object ``platform:root id``.
    """
    cascade = post.cascade
    at = round(post.created_at.timestamp() * 1000)
    author = post.author
    read_text = _read if len(post.text) <= POST_CHARACTERS else _read.__wrapped__
    said = read_text(post.text, own[:MAX_OWN_CHARACTERS], post.kind == "post")
    registered = author.registered_at
    one = Sighting(
        object=cascade,
        author=author.id,
        own=said.own,
        kind=post.kind,
        record=post.identity,
        at=at,
        client=post.source,
        followers=author.followers,
        registered_at=None if registered is None else round(registered.timestamp() * 1000),
        cascade=cascade,
        bare=said.bare,
        button=said.button,
    )
    return (one, *[_at(target, one) for target in said.others])


def _at(target: str, one: Sighting) -> Sighting:
    """The same as seen from another object."""
    return Sighting(
        target,
        one.author,
        one.own,
        one.kind,
        one.record,
        one.at,
        one.client,
        one.followers,
        one.registered_at,
        one.cascade,
        one.bare,
        one.button,
    )


class _Said(NamedTuple):
    """What a sighting has of the text alone; ``others`` are the objects beside the cascade."""

    own: str
    bare: str
    button: bool
    others: tuple[str, ...]


@lru_cache(maxsize=_REMEMBERED_TEXTS)
def _read(text: str, own: str, original: bool) -> _Said:
    others = tuple(_other_objects(text, own, original))
    return _Said(own, "" if own else _bare(text), bool(own) and _is_shared(text), others)


def _other_objects(text: str, own: str, original: bool) -> list[str]:
    """The objects a record is about beside its cascade, the most telling first."""
    names = ["account:" + name for name in mentions(text)] if "@" in text or "＠" in text else []
    pages = ["link:" + _page(link) for link in links(before_chain(text))[:1]] if "://" in text else []
    if not own:
        return [*pages, *names][: MAX_SIGHTINGS - 1]
    texts = ["text:" + signature for signature in signatures(read(own), _usual(), MINIMA if original else 1)]
    tags = ["#" + tag for tag in dict.fromkeys([*hashtags(own), *_open_hashtags(own)])][:2]
    telling = 3 if original else 2
    found = [*texts[:1], *tags[:1], *texts[1:telling], *pages, *tags[1:], *texts[telling:], *names]
    return found[: MAX_SIGHTINGS - 1]


@cache
def _usual() -> frozenset[int]:
    return Background.shipped().usual


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
