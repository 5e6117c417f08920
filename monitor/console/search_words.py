"""The names that the search language knows: fields, and the values of closed fields, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from monitor.documents import SENTIMENTS
from monitor.index.conditions import ALL, ConditionField
from monitor.language import LANGUAGES, catalogue
from monitor.records import KINDS
from monitor.scoring.port import EMOTIONS

AskedField = ConditionField | Literal["after", "before"]

_CHINESE_FIELDS: dict[str, AskedField] = {
    "平台": "platform",
    "类型": "kind",
    "情感": "sentiment",
    "情绪": "emotion",
    "关注": "watchlist",
    "作者": "author",
    "目标": "target",
    "活动": "campaign",
    "起": "after",
    "止": "before",
}
_ENGLISH_FIELDS: tuple[AskedField, ...] = (
    "platform",
    "kind",
    "sentiment",
    "emotion",
    "watchlist",
    "author",
    "target",
    "campaign",
    "after",
    "before",
)
FIELD_NAMES: Mapping[str, AskedField] = {field: field for field in _ENGLISH_FIELDS} | _CHINESE_FIELDS
"""Every name of a field, the English ones first."""

KNOWN_VALUES: Mapping[ConditionField, tuple[str, ...]] = {
    "kind": KINDS,
    "sentiment": SENTIMENTS,
    "emotion": EMOTIONS,
}
"""The values of closed fields."""

_CHINESE_VALUES: dict[ConditionField, dict[str, str]] = {
    "kind": {"原帖": "post", "原创": "post", "转发": "repost", "评论": "comment"},
    "sentiment": {
        "负面": "negative",
        "中性": "neutral",
        "正面": "positive",
        "不确定": "uncertain",
        "未评分": "unscored",
    },
    "emotion": {
        "愤怒": "angry",
        "恐惧": "fear",
        "高兴": "happy",
        "中性": "neutral",
        "悲伤": "sad",
        "惊讶": "surprise",
    },
}
PLATFORM_NAMES: Mapping[str, str] = {
    name.casefold(): platform
    for platform in ("sina_weibo", "tencent_weibo")
    for name in (platform, *(catalogue(language).text(platform) for language in LANGUAGES))
} | dict.fromkeys((ALL, "全部", "全部平台"), ALL)
"""Every name of the platforms that have some, in small letters."""
ALL_WATCHLISTS: Mapping[str, str] = dict.fromkeys((ALL, "全部", "全部记录", "全部话题"), ALL)
"""What every record is called where a watchlist is asked for."""

VALUE_NAMES: Mapping[ConditionField, Mapping[str, str]] = {
    field: {value: value for value in values} | _CHINESE_VALUES[field]
    for field, values in KNOWN_VALUES.items()
}
"""Every name of each value of a closed field."""
