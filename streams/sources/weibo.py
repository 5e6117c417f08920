"""From the JSON of Sina Weibo's API to intake records.

Field lists: documentation of the open platform (open.weibo.com, wiki pages ``2/statuses/show``,
``2/statuses/repost_timeline``, ``2/comments/show`` and the pages on status, comment and user objects).

========================================  ========================  =====================================
API field                                 record field              remark
========================================  ========================  =====================================
``idstr``, else ``mid``, else ``id``      ``id``                    numbers are written as strings
(none)                                    ``platform``              ``sina_weibo``
``status`` / ``retweeted_status``         ``kind``                  comment / repost, else post
its ``retweeted_status``, else itself     ``root_id``               also when it was deleted
``reply_comment``, else ``status``        ``parent_id``             of a comment
``in_reply_to_status_id``, else the root  ``parent_id``             of a repost
``user``: ``idstr``, else ``id``          ``author.id``
``screen_name``, else ``name``            ``author.name``
``verified``, ``verified_type``           the same
``followers_count``                       ``author.followers``
``friends_count``                         ``author.following``
``statuses_count``                        ``author.posts``
``location``                              ``author.location``
``created_at``                            ``author.registered_at``  left out when it cannot be read
``longText.longTextContent``, ``text``    ``text``                  the long text where there is one
``created_at``                            ``created_at``            ``Tue May 31 17:46:55 +0800 2011``
``source``                                ``source``                the words of the HTML anchor
``reposts_count``                         ``reposts``
``comments_count``                        ``comments``
``attitudes_count``                       ``likes``
========================================  ========================  =====================================

A repost brings its ``retweeted_status`` with it and a comment its ``status``: each yields a record of its
own, before the one that points to it. The index keeps one document of each id, so a root seen often does no
harm.
"""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec

from monitor.records import MAX_RECORD_BYTES, Kind, Reason, RejectedRecord

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
RecordFields: TypeAlias = dict[str, Json]


class _UnreadableError(Exception):
    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.rejected = RejectedRecord(reason, sentence)


class SinaWeiboApi:
    """Messages that are one status or comment object of the Sina Weibo API each, by the table above.

    What it says of one that cannot become a record names no id: who wrote it could be found by that.
    """

    format = "sina_weibo_api"

    def records(self, raw: bytes) -> Sequence[bytes | RejectedRecord]:
        """Return the record of the status or comment, after the records of what it points to.

        Never raises: an object that cannot become a record is one rejection. What it points to yields no
        record where that was deleted or is unreadable; ``root_id`` names it all the same.
        """
        try:
            return [msgspec.json.encode(record) for record in _records(_decoded(raw))]
        except _UnreadableError as error:
            return [error.rejected]
        except (RecursionError, UnicodeEncodeError) as error:
            return [
                RejectedRecord("bad_value", f"the status cannot be written as JSON: {type(error).__name__}")
            ]


def _decoded(raw: bytes) -> dict[str, Json]:
    if len(raw) > MAX_RECORD_BYTES:
        raise _UnreadableError(
            "too_large", f"the status has {len(raw)} bytes; at most {MAX_RECORD_BYTES} are allowed"
        )
    try:
        found = msgspec.json.decode(raw)
    except RecursionError as error:
        raise _UnreadableError("nested_too_deep", "the status is nested too deeply to be read") from error
    except UnicodeDecodeError as error:
        raise _UnreadableError("not_utf8", f"byte {error.start} is not UTF-8") from error
    except msgspec.DecodeError as error:
        raise _UnreadableError("not_json", f"not a JSON object: {error}") from error
    if not isinstance(found, dict):
        raise _UnreadableError("not_an_object", f"a status is a JSON object, not a {type(found).__name__}")
    return found


def _records(item: dict[str, Json]) -> list[RecordFields]:
    kind: Kind = "post"
    about = item.get("status")
    if about:
        kind = "comment"
    elif about := item.get("retweeted_status"):
        kind = "repost"
    if not isinstance(about, dict):
        return [_record(item, kind, None, None)]
    answered = _id(about)
    root = _id(about.get("retweeted_status")) or answered
    return [*_root_records(about), _record(item, kind, root, answered)]


def _root_records(about: dict[str, Json]) -> list[RecordFields]:
    """Return the record of what is reposted or commented, and of its own root if it is a repost itself."""
    inner = about.get("retweeted_status")
    root = _id(inner)
    records = []
    if isinstance(inner, dict):
        records += _readable(inner, "post", None)
    return records + _readable(about, "repost" if root else "post", root)


def _readable(item: dict[str, Json], kind: Kind, root_id: str | None) -> list[RecordFields]:
    try:
        return [_record(item, kind, root_id, root_id)]
    except _UnreadableError:
        return []


def _record(item: dict[str, Json], kind: Kind, root_id: str | None, answered: str | None) -> RecordFields:
    record_id = _id(item)
    if record_id is None:
        raise _UnreadableError("missing_field", "the status has neither idstr nor mid nor id")
    if item.get("deleted") in (True, 1, "1"):
        raise _UnreadableError("bad_value", "the status was deleted by its author or the platform")
    if kind != "post" and root_id is None:
        raise _UnreadableError("missing_root", f"the {kind} points to a status without an id")
    record: RecordFields = {"id": record_id, "platform": "sina_weibo", "kind": kind}
    if root_id is not None:
        record["root_id"] = root_id
        record["parent_id"] = _parent(item, kind) or answered or root_id
    record["author"] = _author(item.get("user"))
    record["text"] = _text(item)
    record["created_at"] = _time(item.get("created_at"))
    source = _client(item.get("source"))
    if source:
        record["source"] = source
    return record | _counts(item, _RECORD_COUNTS)


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
    return value.strip() or None


def _parent(item: dict[str, Json], kind: Kind) -> str | None:
    if kind == "comment":
        return _id(item.get("reply_comment"))
    return _identifier(item.get("in_reply_to_status_id"))


def _author(user: Json) -> RecordFields:
    author_id = _id(user)
    if not isinstance(user, dict) or author_id is None:
        raise _UnreadableError(
            "missing_field", "the status has no user with an id; deleted statuses look like this"
        )
    author: RecordFields = {"id": author_id}
    name = user.get("screen_name") or user.get("name")
    if isinstance(name, str):
        author["name"] = name
    if isinstance(user.get("verified"), bool):
        author["verified"] = user["verified"]
    verified_type = user.get("verified_type")
    if (
        isinstance(verified_type, int)
        and not isinstance(verified_type, bool)
        and abs(verified_type) < 1 << 31
    ):
        author["verified_type"] = verified_type
    author |= _counts(user, _AUTHOR_COUNTS)
    location = user.get("location")
    if isinstance(location, str) and location:
        author["location"] = location
    registered = _moment(user.get("created_at"))
    if registered is not None:
        author["registered_at"] = registered.isoformat()
    return author


def _text(item: dict[str, Json]) -> str:
    long_text = item.get("longText")
    if isinstance(long_text, dict) and isinstance(long_text.get("longTextContent"), str):
        return str(long_text["longTextContent"])
    text = item.get("text")
    if not isinstance(text, str):
        raise _UnreadableError("missing_field", "the status has no text; an empty one is a string")
    return text


def _time(value: Json) -> str:
    moment = _moment(value)
    if moment is None:
        raise _UnreadableError(
            "bad_time", "the status's created_at is not like 'Tue May 31 17:46:55 +0800 2011'"
        )
    return moment.isoformat()


_MONTHS = {
    name: number
    for number, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], start=1
    )
}
_API_TIME = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) "
    r"([+-][0-9]{2})([0-9]{2}) ([0-9]{4})"
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
    return value if 0 <= value <= 1_000_000_000_000 else None
