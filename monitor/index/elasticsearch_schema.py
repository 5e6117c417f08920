"""Names, templates and mappings of the indices in Elasticsearch.

Documents and figures lie in one index for each month (or day) of event time, so that old ones are given up
by deleting an index; campaigns, their summaries, alerts, what people judged, and dead letters in one index
each. Indices are made by the engine when the first document comes, from templates that ``install`` puts
there, and each is found under an alias of its kind. Mappings are strict: what they do not name cannot be
indexed by mistake.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Literal, get_args

import msgspec

from monitor.errors import SettingsError
from monitor.records import KINDS
from monitor.scoring.port import EMOTIONS, LABELS

Period = Literal["month", "day"]
Family = Literal[
    "opinions",
    "figures",
    "campaigns",
    "campaign-summaries",
    "alerts",
    "judgements",
    "corrections",
    "dead-letters",
]
FAMILIES: tuple[Family, ...] = get_args(Family)
Codec = Literal["best_compression", "default"]
Json = dict[str, object]

LONGEST_PAGE = 20_000
_DAY_MILLISECONDS = 86_400_000
_SHAPES: dict[Period, str] = {"month": "%Y.%m", "day": "%Y.%m.%d"}
# A keyword holds at most 32,766 bytes, and a character at most 4.
_KEYWORD: Json = {"type": "keyword", "ignore_above": 8_191}
_SHOWN_ONLY: Json = {"type": "keyword", "index": False, "doc_values": False}
_UNPARSED: Json = {"type": "object", "enabled": False}
_TIME: Json = {"type": "date", "format": "epoch_millis"}
_INTEGER: Json = {"type": "integer"}
_LONG: Json = {"type": "long"}
_FLOAT: Json = {"type": "float"}
_FLAG: Json = {"type": "boolean"}
_BYTES: Json = {"type": "binary"}

ANALYSIS: Json = {
    "analyzer": {
        "opinion": {
            "type": "custom",
            "tokenizer": "standard",
            "filter": ["cjk_width", "lowercase", "cjk_neighbours"],
        }
    },
    # Single characters stand beside the pairs, at the same positions: both can be asked for.
    "filter": {"cjk_neighbours": {"type": "cjk_bigram", "output_unigrams": True}},
}

_FIELDS: dict[Family, Json] = {
    "opinions": {
        **dict.fromkeys(
            ("id", "platform", "kind", "root", "parent", "author", "official", "location", "source"), _KEYWORD
        ),
        **dict.fromkeys(
            ("label", "sentiment", "emotion", "model", "watchlists", "targets", "campaigns"), _KEYWORD
        ),
        "text": {"type": "text", "analyzer": "opinion"},
        "url": _SHOWN_ONLY,
        "created_at": _TIME,
        "polarity": _FLOAT,
        "confidence": _FLOAT,
        "uncertain": _FLAG,
        "verified": _FLAG,
        **dict.fromkeys(("followers", "reposts", "comments", "likes", "reach", "text_key"), _LONG),
        # Only counted: one number is told from another more quickly than one name, and one field is counted
        # more quickly than four.
        "author_key": {"type": "long", "index": False},
        "traits": {"type": "keyword", "index": False},
        "position": _UNPARSED,
        "memberships": _UNPARSED,
    },
    "figures": {
        "watchlist": _KEYWORD,
        "platform": _KEYWORD,
        "minute": _TIME,
        **dict.fromkeys(("records", "uncertain", "unscored", "polarity_milli", "campaign_milli"), _LONG),
        **dict.fromkeys(("people", "speakers", "campaign_records"), _FLOAT),
        "kinds": {"properties": dict.fromkeys(KINDS, _LONG)},
        "labels": {"properties": dict.fromkeys(LABELS, _LONG)},
        "emotions": {"properties": dict.fromkeys(EMOTIONS, _LONG)},
        "body": _BYTES,
    },
    "campaigns": {
        **dict.fromkeys(("id", "state", "level", "targets", "merged_into"), _KEYWORD),
        **dict.fromkeys(("opened_at", "last_seen_at", "closed_at"), _TIME),
        **dict.fromkeys(("revision", "accounts", "records"), _LONG),
        "score": _FLOAT,
        "examples": _SHOWN_ONLY,
        **dict.fromkeys(("signals", "against", "intervals", "members", "details"), _UNPARSED),
    },
    # Campaigns without texts, accounts and targets: for readers that may not see posts.
    "campaign-summaries": {
        **dict.fromkeys(("id", "state", "level", "merged_into"), _KEYWORD),
        **dict.fromkeys(("opened_at", "last_seen_at", "closed_at"), _TIME),
        **dict.fromkeys(("revision", "accounts", "records"), _LONG),
        "score": _FLOAT,
    },
    "alerts": {
        **dict.fromkeys(("id", "rule", "subject", "level", "state", "incident"), _KEYWORD),
        **dict.fromkeys(("watchlist", "platform", "unit", "campaigns"), _KEYWORD),
        **dict.fromkeys(("at", "began_at", "window_start", "window_end"), _TIME),
        **dict.fromkeys(("figure", "baseline", "low", "high"), _FLOAT),
        "people": _LONG,
        "sentence_en": _SHOWN_ONLY,
        "sentence_zh": _SHOWN_ONLY,
    },
    "judgements": {
        **dict.fromkeys(("id", "campaign", "finding", "judge", "level"), _KEYWORD),
        "revision": _LONG,
        "at": _TIME,
        "score": _FLOAT,
        "note": _SHOWN_ONLY,
        "signals": _UNPARSED,
    },
    "corrections": {
        **dict.fromkeys(("id", "record", "label", "judge", "model", "model_label"), _KEYWORD),
        "at": _TIME,
        "uncertain": _FLAG,
    },
    "dead-letters": {
        **dict.fromkeys(("id", "reason", "format"), _KEYWORD),
        "sentence": _SHOWN_ONLY,
        "raw": _BYTES,
        "position": _UNPARSED,
        "place": {"properties": {"source": _KEYWORD, "offset": _LONG, "index": _LONG}},
    },
}


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How indices are named, cut and kept.

    ``prefix`` stands before every name, so that several installations can share one engine.
    ``shards``, ``replicas`` and ``codec`` are those of each new index: ``best_compression`` saves disk,
    ``default`` reads large pages (thousands) of updated documents several times faster.
    """

    prefix: str = ""
    period: Period = "month"
    shards: int = 1
    replicas: int = 1
    refresh_seconds: int = 5
    codec: Codec = "best_compression"

    def __post_init__(self) -> None:
        """Raises ``SettingsError`` for a prefix that no index name may begin with."""
        allowed = self.prefix.replace("-", "").replace("_", "")
        if self.prefix and not (self.prefix[0].isalnum() and allowed.isalnum() and self.prefix.islower()):
            raise SettingsError(
                f"the index prefix is {self.prefix!a}; use lower-case letters, digits, - and _, "
                "beginning with a letter"
            )

    def alias(self, family: Family) -> str:
        """The name under which all indices of a family are read."""
        return self.prefix + family

    def pattern(self, family: Family) -> str:
        """What the names of a family's indices look like."""
        return f"{self.prefix}{family}-*"

    def index(self, family: Family, at: int | None = None) -> str:
        """The index to write to; ``at`` is event time in milliseconds, for documents and figures.

        What is dated before there were micro-blogs lies in one index: a node takes a thousand shards.
        """
        return f"{self.alias(family)}-{'1' if at is None else _cut(self.period, at // _DAY_MILLISECONDS)}"

    def template(self, family: Family) -> Json:
        """The index template of a family, marked with a digest of its own content."""
        settings: Json = {
            "number_of_shards": str(self.shards),
            "number_of_replicas": str(self.replicas),
            "refresh_interval": f"{self.refresh_seconds}s",
            "codec": self.codec,
            "max_result_window": str(LONGEST_PAGE),
        }
        if family == "opinions":
            settings["analysis"] = ANALYSIS
        mappings: Json = {"dynamic": "strict", "properties": _FIELDS[family]}
        content = [settings, mappings]
        digest = blake2b(msgspec.json.encode(content, order="sorted"), digest_size=8).hexdigest()
        mapped = blake2b(msgspec.json.encode(mappings, order="sorted"), digest_size=8).hexdigest()
        return {
            "index_patterns": [self.pattern(family)],
            "priority": 500,
            "template": {
                "settings": {"index": settings},
                "mappings": {**mappings, "_meta": {"digest": mapped}},
                "aliases": {self.alias(family): {}},
            },
            "_meta": {"digest": digest},
        }

    def mapping_digest(self, family: Family) -> object:
        """The mark that an index made from today's mappings carries."""
        return _meta_digest(self.template(family), "template", "mappings")

    def template_digest(self, family: Family) -> object:
        """The mark of today's template."""
        return _meta_digest(self.template(family))


def _meta_digest(tree: Json, *path: str) -> object:
    for name in (*path, "_meta"):
        inner = tree[name]
        assert isinstance(inner, dict)
        tree = inner
    return tree["digest"]


@lru_cache(maxsize=4096)
def _cut(period: Period, day: int) -> str:
    if day < _FIRST_DAY:
        return "older"
    return datetime.fromtimestamp(day * 86_400, UTC).strftime(_SHAPES[period])


_FIRST_DAY = (date(2009, 1, 1) - date(1970, 1, 1)).days
_LONGEST_ID_BYTES = 512


def engine_id(identity: str) -> str:
    """The ``_id`` of an identity: itself, or a hash of one that is longer than the engine allows."""
    raw = identity.encode()
    if len(raw) <= _LONGEST_ID_BYTES:
        return identity
    return f"blake2b:{blake2b(raw, digest_size=32).hexdigest()}"
