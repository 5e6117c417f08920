"""The intake record: decode and validate bytes.

One record is one JSON object (UTF-8); ``docs/data-model.md`` has the field table. ``RecordDecoder.decode``
gives a ``Post`` or a ``RejectedRecord`` with a machine-readable reason and a sentence for people.

What JSON leaves open is settled here: of a key given twice the last counts; NaN and Infinity are not
JSON; a lone surrogate is not text. Control and bidirectional characters are refused in identifiers and
taken out of texts (``monitor.text.clean``).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

import msgspec

Kind = Literal["post", "repost", "comment"]
KINDS: tuple[Kind, ...] = ("post", "repost", "comment")

MAX_TEXT_CHARACTERS = 20_000
MAX_RECORD_BYTES = 1_048_576
FUTURE_TOLERANCE_SECONDS = 600
EARLIEST = datetime.fromisoformat("1990-01-01T00:00:00+00:00").timestamp()

Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARACTERS)]
Short = Annotated[str, msgspec.Meta(max_length=1_000)]

Reason = Literal[
    "not_utf8",
    "not_json",
    "not_an_object",
    "too_large",
    "nested_too_deep",
    "missing_field",
    "wrong_type",
    "bad_value",
    "text_too_long",
    "bad_identifier",
    "unknown_platform",
    "unknown_kind",
    "missing_root",
    "bad_time",
    "time_too_early",
    "time_in_future",
]
"""Why a record is refused; stable, used as a metric label and in the dead letter."""


class Author(msgspec.Struct, frozen=True, gc=False):
    """Who wrote a record, as the platform names them (before pseudonyms)."""

    id: Identifier
    name: Short | None = None
    verified: bool | None = None
    verified_type: int | None = None
    followers: Count | None = None
    following: Count | None = None
    posts: Count | None = None
    location: Short | None = None
    registered_at: Moment | None = None


class Post(msgspec.Struct, frozen=True, gc=False):
    """A valid intake record. ``created_at`` is event time with its offset."""

    id: Identifier
    platform: Identifier
    kind: Kind
    author: Author
    text: Text
    created_at: Moment
    root_id: Identifier | None = None
    parent_id: Identifier | None = None
    source: Short | None = None
    url: Annotated[str, msgspec.Meta(max_length=4_000)] | None = None
    reposts: Count | None = None
    comments: Count | None = None
    likes: Count | None = None

    @property
    def identity(self) -> str:
        """``platform:id``: twice the same identity is one document."""
        return f"{self.platform}:{self.id}"

    @property
    def cascade(self) -> str:
        """Identity of the post that this record hangs on; a post hangs on itself."""
        return f"{self.platform}:{self.root_id or self.id}"


class RejectedRecord(msgspec.Struct, frozen=True):
    """Why bytes are no record: ``reason`` for programs, ``sentence`` for people (without the text)."""

    reason: Reason
    sentence: str


class _StrictAuthor(Author, frozen=True, gc=False, forbid_unknown_fields=True):
    pass


class _StrictPost(Post, frozen=True, gc=False, forbid_unknown_fields=True):
    author: _StrictAuthor


_KNOWN_FIELDS = frozenset(Post.__struct_fields__)
_KNOWN_AUTHOR_FIELDS = frozenset(Author.__struct_fields__)


_PLATFORM = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""What a platform's name looks like; anything else is not quoted, since it may be somebody's words."""


class RecordDecoder:
    """Decodes and validates records against the platforms of the settings.

    ``unknown_fields`` counts the fields that no record has (they are left out of the index).
    """

    def __init__(self, platforms: frozenset[str]) -> None:
        self._platforms = platforms
        self._strict = msgspec.json.Decoder(_StrictPost)
        self._lenient = msgspec.json.Decoder(Post)
        self._fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
        self.unknown_fields = 0

    def decode(self, raw: bytes, now: float) -> Post | RejectedRecord:
        """Decode one record; ``now`` (seconds since the epoch) bounds how far ahead its clock may be."""
        if len(raw) > MAX_RECORD_BYTES:
            return RejectedRecord(
                "too_large", f"the record has {len(raw)} bytes; at most {MAX_RECORD_BYTES} are allowed"
            )
        try:
            post: Post = self._strict.decode(raw)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            relaxed = self._decode_relaxed(raw)
            if isinstance(relaxed, RejectedRecord):
                return relaxed
            post = relaxed
        return self._check(post, now) or post

    def _decode_relaxed(self, raw: bytes) -> Post | RejectedRecord:
        """Decode with unknown fields allowed and counted; the way of every record that is not perfect."""
        try:
            post = self._lenient.decode(raw)
            self._count_unknown(raw)
        except RecursionError:
            return RejectedRecord("nested_too_deep", "the record is nested too deeply to be read")
        except msgspec.ValidationError as error:
            return _explain(str(error))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return _not_json(raw, error)
        return post

    def _count_unknown(self, raw: bytes) -> None:
        fields = self._fields.decode(raw)
        author = self._fields.decode(fields["author"])
        self.unknown_fields += len(fields.keys() - _KNOWN_FIELDS) + len(author.keys() - _KNOWN_AUTHOR_FIELDS)

    def _check(self, post: Post, now: float) -> RejectedRecord | None:
        if post.platform not in self._platforms:
            named = f"platform {post.platform}" if _PLATFORM.fullmatch(post.platform) else "the platform"
            return RejectedRecord("unknown_platform", f"{named} is not among those in the settings")
        if post.root_id is None and post.kind != "post":
            return RejectedRecord("missing_root", f"a {post.kind} needs root_id, the post it is about")
        if not _is_visible(f"{post.id}{post.author.id}{post.root_id or ''}{post.parent_id or ''}"):
            return _bad_identifier(post)
        ahead = post.created_at.timestamp() - now
        if ahead > FUTURE_TOLERANCE_SECONDS:
            return RejectedRecord(
                "time_in_future",
                f"created_at {post.created_at.isoformat()} is {ahead:.0f} s ahead of the clock; "
                f"at most {FUTURE_TOLERANCE_SECONDS} s are allowed",
            )
        if ahead + now < EARLIEST:
            return RejectedRecord(
                "time_too_early", f"created_at {post.created_at.isoformat()} is before 1990"
            )
        return None


def _is_visible(identifiers: str) -> bool:
    return identifiers.isprintable() and " " not in identifiers


def _bad_identifier(post: Post) -> RejectedRecord:
    """Names the first identifier that is not visible; one is not."""
    named = {"id": post.id, "author.id": post.author.id, "root_id": post.root_id, "parent_id": post.parent_id}
    name = next(name for name, value in named.items() if value is not None and not _is_visible(value))
    return RejectedRecord("bad_identifier", f"{name} holds a space, control or bidirectional character")


def _not_json(raw: bytes, error: Exception) -> RejectedRecord:
    try:
        raw.decode()
    except UnicodeDecodeError as broken:
        return RejectedRecord("not_utf8", f"byte {broken.start} is not UTF-8")
    return RejectedRecord("not_json", f"not a JSON object: {error}")


_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`")
_BAD_TIMES = ("RFC3339", "timezone", "datetime")


def _explain(message: str) -> RejectedRecord:
    """Turn a validation message of msgspec into a reason and a sentence.

    Its messages speak of types and bounds; the one that quotes a value (an unknown kind) is replaced,
    so that nothing of the record leaks.
    """
    at = _AT.search(message)
    path = at["path"] if at else ""
    problem = _AT.sub("", message)
    reason = _reason(path, problem)
    if reason == "unknown_kind":
        problem = "must be post, repost or comment"
    return RejectedRecord(reason, f"{path or 'the record'}: {problem}")


def _reason(path: str, problem: str) -> Reason:
    if "missing required field" in problem:
        return "missing_field"
    if path == "" and problem.startswith("Expected `object`"):
        return "not_an_object"
    if path in {"created_at", "author.registered_at"} and any(word in problem for word in _BAD_TIMES):
        return "bad_time"
    if path == "kind":
        return "unknown_kind"
    if path == "text" and "length" in problem:
        return "text_too_long"
    if (
        problem.startswith("Expected")
        and "length" not in problem
        and not re.search(r"`(int|str)` [<>=]", problem)
    ):
        return "wrong_type"
    return "bad_value"
