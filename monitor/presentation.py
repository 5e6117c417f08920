"""How documents, campaigns, figures and dead letters look from outside: plain data, times in ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from monitor.alerts.port import Alert
from monitor.campaigns.port import CampaignRevision
from monitor.documents import DeadLetter
from monitor.errors import QueryError
from monitor.index.port import Hit
from monitor.opinion.figures import MINIMUM_PEOPLE, Figure, FigureKey
from monitor.opinion.organic import LEAST_PEOPLE, Estimate, Opinion
from monitor.records import Author, Post

Row = dict[str, object]


def iso(milliseconds: int, zone: tzinfo) -> str:
    """An event time as ISO 8601 with the offset of ``zone``."""
    moment = datetime.fromtimestamp(milliseconds / 1000, zone)
    return moment.isoformat(timespec="milliseconds" if milliseconds % 1000 else "seconds")


def parse_time(text: str, zone: tzinfo, option: str) -> int:
    """Milliseconds since the epoch of an ISO 8601 time or date; without offset it is in ``zone``.

    Raises:
        QueryError: not such a time; ``option`` names where it was given.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise QueryError(
            f"{option} {text!r} is not a time; write 2011-12-05, 2011-12-05T14:00 or with an offset"
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return round(moment.timestamp() * 1000)


def parse_range(after: str | None, before: str | None, zone: tzinfo) -> tuple[int | None, int | None]:
    """The range of ``--from`` and ``--to``.

    Raises:
        QueryError: one is not a time, or nothing can lie between them.
    """
    start = None if after is None else parse_time(after, zone, "--from")
    end = None if before is None else parse_time(before, zone, "--to")
    if start is not None and end is not None and start >= end:
        raise QueryError(f"--from {after} is not before --to {before}, so nothing lies between them")
    return start, end


def people_in_words(figure: Figure) -> str:
    """How many people, *about* where they are estimated; of few it is withheld."""
    people = figure.people
    if people < MINIMUM_PEOPLE:
        return f"fewer than {MINIMUM_PEOPLE} people"
    return f"{'about ' if figure.truncated else ''}{people:,.0f} people"


def document_row(hit: Hit, zone: tzinfo) -> Row:
    """One found document."""
    document = hit.document
    row: Row = msgspec.to_builtins(document)
    row["created_at"] = iso(document.created_at, zone)
    row["position"] = msgspec.structs.asdict(document.position)
    row["campaigns"] = [
        {"id": campaign.id, "probability": campaign.probability_milli / 1000} for campaign in hit.campaigns
    ]
    return {key: value for key, value in row.items() if value is not None}


def campaign_row(campaign: CampaignRevision, zone: tzinfo) -> Row:
    """One campaign with its evidence; ``began_at`` is its first record's time."""
    row: dict[str, Any] = msgspec.to_builtins(campaign)
    del row["members"], row["details"]["sketch"]
    row["targets"] = list(campaign.targets)
    row["began_at"] = iso(campaign.began_at, zone)
    row["taken_back"] = campaign.was_taken_back
    row["opened_at"] = iso(campaign.opened_at, zone)
    row["last_seen_at"] = iso(campaign.last_seen_at, zone)
    row["closed_at"] = None if campaign.closed_at is None else iso(campaign.closed_at, zone)
    row["intervals"] = [
        {"target": part.target, "from": iso(part.start, zone), "to": iso(part.end, zone)}
        for part in campaign.intervals
    ]
    return row


def alert_row(alert: Alert, zone: tzinfo) -> Row:
    """One alert event."""
    row: Row = msgspec.to_builtins(alert)
    row["at"] = iso(alert.at, zone)
    return row


def figure_row(key: FigureKey, figure: Figure, zone: tzinfo) -> Row:
    """One minute of a watchlist on a platform.

    Volume counters are shown always; what says how people feel is withheld (None) where fewer than five wrote
    the texts that say so.
    """
    few, withheld = figure.people < MINIMUM_PEOPLE, figure.withheld
    scored = sum(figure.labels.values())
    return {
        "watchlist": key.watchlist,
        "platform": key.platform,
        "minute": iso(key.minute, zone),
        "records": figure.records,
        "kinds": figure.kinds,
        "people": None if few else round(figure.people),
        "speakers": None if withheld else round(figure.speakers),
        "sentiment": None if withheld else figure.labels,
        "polarity_mean": None if withheld or not scored else round(figure.polarity_milli / scored / 1000, 4),
        "uncertain": None if withheld else figure.uncertain,
        "unscored": None if few else figure.unscored,
        "emotions": None if figure.emotions_withheld else figure.emotions,
        "campaign_weight": round(figure.campaign_milli / 1000, 3),
        "withheld": withheld,
    }


def organic_row(found: Opinion) -> Row:
    """What people think apart from campaigns, beside the raw figure; ``enough``: whether people suffice."""

    def shown(estimate: Estimate | None) -> Row | None:
        if estimate is None:
            return None
        return {
            "value": round(estimate.value, 4),
            "low": round(estimate.low, 4),
            "high": round(estimate.high, 4),
        }

    few = found.people < MINIMUM_PEOPLE
    return {
        "enough": found.negative is not None,
        "provisional": found.provisional,
        "people": None if few else round(found.people),
        "negative": shown(found.negative),
        "polarity": shown(found.polarity),
        "raw_negative": None if few or found.raw_negative is None else round(found.raw_negative, 4),
        "raw_polarity": None if few or found.raw_polarity is None else round(found.raw_polarity, 4),
        "campaign_share": round(found.campaigns, 4),
    }


def organic_sentence(found: Opinion) -> str:
    """The same in words."""
    negative = found.negative
    if negative is None or found.raw_negative is None:
        return f"too few people ({LEAST_PEOPLE} are needed) to say what they think apart from campaigns"
    return (
        f"negative: {found.raw_negative:.0%} of texts; {negative.value:.0%} of people apart from campaigns "
        f"(95% between {negative.low:.0%} and {negative.high:.0%}, about {found.people:,.0f} people"
        f"{', provisional' if found.provisional else ''})"
    )


def dead_letter_row(letter: DeadLetter) -> Row:
    """One dead letter without its bytes."""
    return {
        "id": letter.id,
        "reason": letter.reason,
        "sentence": letter.sentence,
        "source": letter.position.source,
        "line": letter.position.offset,
        "bytes": len(letter.raw),
    }


_KNOWN_WORDS = frozenset(
    (*Post.__struct_fields__, *Author.__struct_fields__, "post", "repost", "comment", "true", "false", "null")
)
_WORD = re.compile(r"[^\W_][\w\-]*")


_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def masked(raw: bytes, limit: int = 2_000) -> str:
    """Original bytes with every word hidden, except words that are names of fields: shape without content."""
    text = printable(raw[:limit].decode("utf-8", "backslashreplace"))
    shown = _WORD.sub(lambda word: word[0] if word[0] in _KNOWN_WORDS else "•" * min(len(word[0]), 12), text)
    return shown if len(raw) <= limit else f"{shown} … ({len(raw)} bytes)"


def printable(text: str) -> str:
    """A text with a mark for every character that would steer a terminal or turn the order of its words."""
    return _STEERING.sub("\ufffd", text)


def json_lines(rows: Iterable[Row]) -> Iterable[str]:
    """Rows as NDJSON lines."""
    return (msgspec.json.encode(row).decode() for row in rows)
