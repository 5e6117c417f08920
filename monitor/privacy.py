"""Keyed pseudonyms: nothing behind this step names an author.

A pseudonym is HMAC-SHA-256 under the centre's key (RFC 2104), cut to 80 bits. Author ids and mentioned
names are separate spaces (``u…`` and ``n…``): platforms mention by name, and a name says no id.
Registered official accounts keep their id and name.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

from monitor.desk.officials import OfficialAccounts
from monitor.errors import SettingsError
from monitor.records import Author, Post
from monitor.text import clean, fold, replace_mentions

KEY_BYTES = 32
_CACHED_PSEUDONYMS = 262_144
_SEGMENT = re.compile(r"[^/?&=#@:;,|]+")
_TELLING_CHARACTERS = 5
"""A number of so many is taken out of longer numbers in an address, too: Weibo puts its own before it."""


def load_or_create_key(path: Path) -> bytes:
    """Read the pseudonym key (64 hexadecimal digits), or make one with mode 0600 on first run.

    Raises:
        SettingsError: the file is not such a key, others may read it, or it cannot be read or written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key(path)
    except OSError as error:
        raise SettingsError(
            f"{path}: the pseudonym key cannot be written ({error.strerror}); set privacy.pseudonym_key "
            "(all workers need the same), or name a --data directory that exists"
        ) from error
    key = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(descriptor, "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def _read_key(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        key = parse_key(path.read_text("ascii"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the pseudonym key cannot be read ({error})") from error
    if mode & 0o077:
        raise SettingsError(f"{path}: mode {mode & 0o777:o} lets others read the pseudonym key; chmod 600 it")
    return key


def parse_key(text: str, origin: str) -> bytes:
    """The bytes of a key written as 64 hexadecimal digits; ``origin`` names it in the error."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{origin}: a pseudonym key is {2 * KEY_BYTES} hexadecimal digits")
    return key


class Pseudonymizer:
    """Replaces what names an author by pseudonyms; the same key gives the same pseudonyms for ever."""

    def __init__(self, key: bytes, officials: OfficialAccounts) -> None:
        self._officials = officials

        def digest(space: str, platform: str, value: str) -> str:
            message = f"{space}\0{platform}\0{value}".encode()
            return space + hmac.digest(key, message, sha256).hex()[:20]

        self._digest = lru_cache(maxsize=_CACHED_PSEUDONYMS)(digest)

    def author(self, platform: str, identifier: str) -> str:
        """Pseudonym of an author id; an official account's own id."""
        if self._officials.by_id(platform, identifier):
            return identifier
        return self._digest("u", platform, identifier)

    def name(self, platform: str, name: str) -> str:
        """Pseudonym of a screen name (case does not matter); an official account's own name."""
        if self._officials.by_name(platform, name):
            return name
        return self._digest("n", platform, fold(name))

    def mark(self) -> bytes:
        """What tells this key from another without telling the key."""
        return self._digest("mark", "", "").encode()

    def apply(self, post: Post) -> Post:
        """The post without anything that names a person: author, mentions, and the author's id in its url.

        The text is also cleaned of invisible characters. The screen name is kept for official accounts
        only.
        """
        platform = post.platform
        author = post.author
        official = self._officials.by_id(platform, author.id)
        pseudonym = author.id if official else self._digest("u", platform, author.id)
        url = _shown(post.url)
        if url is not None and not official:
            url = _SEGMENT.sub(lambda part: _unnamed(part[0], author, pseudonym), url)
        return Post(
            id=post.id,
            platform=platform,
            kind=post.kind,
            author=Author(
                id=pseudonym,
                name=official.name if official else None,
                verified=author.verified,
                verified_type=author.verified_type,
                followers=author.followers,
                following=author.following,
                posts=author.posts,
                location=_shown(author.location),
                registered_at=author.registered_at,
            ),
            text=replace_mentions(clean(post.text), lambda name: self.name(platform, name)),
            created_at=post.created_at,
            root_id=post.root_id,
            parent_id=post.parent_id,
            source=_shown(post.source),
            url=url,
            reposts=post.reposts,
            comments=post.comments,
            likes=post.likes,
        )


def _unnamed(part: str, author: Author, pseudonym: str) -> str:
    """A part of an address without the author's id or name."""
    read = unquote(part)
    if fold(read) in {fold(author.id), fold(author.name or author.id)}:
        return pseudonym
    if len(author.id) < _TELLING_CHARACTERS or not author.id.isdigit() or author.id not in read:
        return part
    return part.replace(author.id, pseudonym) if author.id in part else pseudonym


def _shown(text: str | None) -> str | None:
    return None if text is None else clean(text)
