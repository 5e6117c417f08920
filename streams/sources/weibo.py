"""From the JSON of a platform's API to intake records.

Sina Weibo: field lists of the open platform's documentation (open.weibo.com, wiki pages ``2/statuses/show``,
``2/statuses/repost_timeline``, ``2/comments/show`` and the common pages on the status, comment and user objects).

============================================  =====================  ==============================================
API field                                     record field           remark
============================================  =====================  ==============================================
``idstr``, else ``mid``, else ``id``          ``id``                 numbers are written as strings
(none)                                        ``platform``           ``sina_weibo``
``retweeted_status`` / ``status`` present     ``kind``               repost / comment, else post
``retweeted_status`` / ``status`` id          ``root_id``            also when what it points to was deleted
``reply_comment`` id                          ``parent_id``          of a comment; else the root
``in_reply_to_status_id``                     ``parent_id``          of a repost, where the API fills it
``user.idstr``, else ``user.id``              ``author.id``
``user.screen_name``, else ``user.name``      ``author.name``
``user.verified``                             ``author.verified``
``user.verified_type``                        ``author.verified_type``
``user.followers_count``                      ``author.followers``
``user.friends_count``                        ``author.following``
``user.statuses_count``                       ``author.posts``
``user.location``                             ``author.location``
``user.created_at``                           ``author.registered_at``  left out when it cannot be read
``longText.longTextContent``, else ``text``   ``text``               the long text where ``isLongText`` says so
``created_at``                                ``created_at``         ``Tue May 31 17:46:55 +0800 2011`` to ISO 8601
``source``                                    ``source``             the words of the HTML anchor
``reposts_count``                             ``reposts``
``comments_count``                            ``comments``
``attitudes_count``                           ``likes``
============================================  =====================  ==============================================

A repost brings its ``retweeted_status`` with it and a comment its ``status``: each yields a record of its own,
before the one that points to it. The index keeps one document of each id, so a root seen often does no harm.
"""

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from monitor.errors import SourceError

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
RecordFields: TypeAlias = dict[str, Json]
"""The fields of one intake record, ready to be encoded as JSON."""

RejectionReason = Literal["not_an_object", "deleted", "no_id", "no_author", "no_text", "bad_time"]


class RejectedStatus(SourceError):
    """An API object that cannot become a record; ``reason`` is for machines, the message for people.

    The caller puts the original bytes into the dead letter and goes on.
    """

    def __init__(self, reason: RejectionReason, message: str) -> None:
        super().__init__(message)
        self.reason: RejectionReason = reason


class SourceAdapter(Protocol):
    """Turns one object of a foreign format into intake records."""

    def adapt(self, raw: Json) -> list[RecordFields]:
        """Return the records that ``raw`` holds, roots before what points to them.

        Raises ``RejectedStatus`` and nothing else, whatever JSON it is given. The records are in our shape
        but not yet validated.
        """


class RecordAdapter:
    """Passes on what already is an intake record."""

    def adapt(self, raw: Json) -> list[RecordFields]:
        """Return the object itself; see ``SourceAdapter``."""
        return [_object(raw, "record")]


class SinaWeiboApi:
    """Adapts status and comment objects of the Sina Weibo API, by the table of this module."""

    def adapt(self, raw: Json) -> list[RecordFields]:
        """Return the status's or comment's record after its root's; see ``SourceAdapter``.

        A root that was deleted, or that is itself unreadable, yields no record; what points to it keeps its id.
        """
        item = _object(raw, "status")
        about = item.get("status") or item.get("retweeted_status")
        kind = "post"
        if item.get("status"):
            kind = "comment"
        elif item.get("retweeted_status"):
            kind = "repost"
        if not isinstance(about, dict):
            return [_record(item, kind, None)]
        roots = _root_records(about)
        root_id = _id(about.get("retweeted_status")) or _id(about)
        return [*roots, _record(item, kind, root_id)]


_ADAPTERS: Mapping[str, type[RecordAdapter] | type[SinaWeiboApi]] = {
    "record": RecordAdapter,
    "sina_weibo_api": SinaWeiboApi,
}


def adapter(name: str) -> SourceAdapter:
    """Return the adapter of that name; raises ``SourceError`` naming those there are."""
    found = _ADAPTERS.get(name)
    if found is None:
        raise SourceError(f"source format {name!r} is unknown; use one of: {', '.join(_ADAPTERS)}")
    return found()


def _root_records(about: dict[str, Json]) -> list[RecordFields]:
    """Return the record of what is reposted or commented, and of its own root if it is a repost itself."""
    inner = about.get("retweeted_status")
    records = []
    for status, root in ((inner, None), (about, _id(inner))):
        if isinstance(status, dict):
            try:
                records.append(_record(status, "repost" if root else "post", root))
            except RejectedStatus:
                continue
    return records


def _record(item: dict[str, Json], kind: str, root_id: str | None) -> RecordFields:
    record_id = _id(item)
    if record_id is None:
        raise RejectedStatus("no_id", "Weibo status without idstr, mid or id; fetch it again with its id")
    if item.get("deleted") in (True, 1, "1"):
        raise RejectedStatus("deleted", f"Weibo status {record_id} was deleted by its author or the platform")
    if kind != "post" and root_id is None:
        raise RejectedStatus("no_id", f"Weibo {kind} {record_id} points to a status without an id")
    record: RecordFields = {"id": record_id, "platform": "sina_weibo", "kind": kind}
    if root_id is not None:
        record["root_id"] = root_id
        record["parent_id"] = _parent(item, kind) or root_id
    record["author"] = _author(item.get("user"), record_id)
    record["text"] = _text(item, record_id)
    record["created_at"] = _time(item.get("created_at"), record_id)
    source = _client(item.get("source"))
    if source:
        record["source"] = source
    return record | _counts(item, _RECORD_COUNTS)


def _object(raw: Json, what: str) -> dict[str, Json]:
    if not isinstance(raw, dict):
        raise RejectedStatus("not_an_object", f"{what}: expected a JSON object, got {type(raw).__name__}")
    return raw


def _id(item: Json) -> str | None:
    if not isinstance(item, dict):
        return None
    for name in ("idstr", "mid", "id"):
        found = _identifier(item.get(name))
        if found is not None:
            return found
    return None


def _identifier(value: Json) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):
        return str(value) if 0 < value < 1 << 64 else None
    return value.strip()[:128] or None


def _parent(item: dict[str, Json], kind: str) -> str | None:
    if kind == "comment":
        return _id(item.get("reply_comment"))
    return _identifier(item.get("in_reply_to_status_id"))


def _author(user: Json, record_id: str) -> RecordFields:
    author_id = _id(user)
    if not isinstance(user, dict) or author_id is None:
        raise RejectedStatus(
            "no_author", f"Weibo status {record_id} has no user with an id; deleted statuses look like this"
        )
    author: RecordFields = {"id": author_id}
    name = user.get("screen_name") or user.get("name")
    if isinstance(name, str):
        author["name"] = name
    if isinstance(user.get("verified"), bool):
        author["verified"] = user["verified"]
    verified_type = user.get("verified_type")
    if isinstance(verified_type, int) and not isinstance(verified_type, bool):
        author["verified_type"] = verified_type
    author |= _counts(user, _AUTHOR_COUNTS)
    location = user.get("location")
    if isinstance(location, str) and location:
        author["location"] = location
    registered = _moment(user.get("created_at"))
    if registered is not None:
        author["registered_at"] = registered.isoformat()
    return author


def _text(item: dict[str, Json], record_id: str) -> str:
    long_text = item.get("longText")
    if isinstance(long_text, dict) and isinstance(long_text.get("longTextContent"), str):
        return str(long_text["longTextContent"])
    text = item.get("text")
    if not isinstance(text, str):
        raise RejectedStatus(
            "no_text", f"Weibo status {record_id} has no text; an empty one would be a string"
        )
    return text


def _time(value: Json, record_id: str) -> str:
    moment = _moment(value)
    if moment is None:
        raise RejectedStatus(
            "bad_time",
            f"Weibo status {record_id}: created_at {str(value)[:60]!r} "
            "is not like 'Tue May 31 17:46:55 +0800 2011'",
        )
    return moment.isoformat()


_MONTHS = {
    name: number
    for number, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], start=1
    )
}
_API_TIME = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-][0-9]{2})([0-9]{2}) ([0-9]{4})"
)


def _moment(value: Json) -> datetime | None:
    """Read the API's time, whose English names ``strptime`` would read by the machine's locale."""
    match = _API_TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[1] not in _MONTHS:
        return None
    month, day, clock, hours, minutes, year = match.groups()
    try:
        return datetime.fromisoformat(f"{year}-{_MONTHS[month]:02d}-{int(day):02d}T{clock}{hours}:{minutes}")
    except ValueError:
        return None


_TAG = re.compile(r"<[^<>]*>")


def _client(value: Json) -> str | None:
    return html.unescape(_TAG.sub("", value)).strip() if isinstance(value, str) else None


_RECORD_COUNTS = {"reposts_count": "reposts", "comments_count": "comments", "attitudes_count": "likes"}
_AUTHOR_COUNTS = {"followers_count": "followers", "friends_count": "following", "statuses_count": "posts"}


def _counts(item: dict[str, Json], names: Mapping[str, str]) -> RecordFields:
    counts = {ours: _count(item.get(theirs)) for theirs, ours in names.items()}
    return {name: count for name, count in counts.items() if count is not None}


def _count(value: Json) -> int | None:
    """Read a count; the API writes some as strings, and -1 where it does not tell."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 1 << 53 else None
