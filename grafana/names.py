"""What series and values are called, and their colours: levels, sentiments, rules, states and platforms."""

from __future__ import annotations

from collections.abc import Mapping

from grafana.words import Named, Words
from monitor.alerts.notices import LEVEL_WORDS, RULE_WORDS, STATE_WORDS
from monitor.language import catalogue


def _both(key: str) -> Words:
    return Words(catalogue("zh").text(key), catalogue("en").text(key))


LEVELS: Mapping[str, Named] = {level: Named(_both(key), level) for level, key in LEVEL_WORDS.items()}
LEVELS_OR_NONE: Mapping[str, Named] = {**LEVELS, "none": Named(Words("无", "none"), "green")}
SENTIMENTS: Mapping[str, Named] = {
    "labels.negative": Named(Words("负面", "negative"), "red"),
    "labels.neutral": Named(Words("中性", "neutral"), "text"),
    "labels.positive": Named(Words("正面", "positive"), "green"),
    "uncertain": Named(Words("不确定", "uncertain"), "purple"),
}
CAMPAIGN_FIGURES: Mapping[str, Named] = {
    "accounts": Named(Words("账号数", "accounts")),
    "records": Named(Words("记录数", "records")),
    "campaign_records": Named(Words("归于活动", "of campaigns")),
}
OUTCOMES: Mapping[str, Named] = {
    "scored": Named(Words("已评分", "scored")),
    "dead_lettered": Named(Words("无效输入", "no record"), "red"),
    "created": Named(Words("已入库", "indexed")),
    "duplicate": Named(Words("重复", "repeated")),
    "rejected": Named(Words("引擎拒绝", "refused by the engine"), "orange"),
}
VALUES: Mapping[str, Named] = {
    **LEVELS,
    **{rule: Named(_both(key)) for rule, key in RULE_WORDS.items()},
    **{state: Named(_both(key)) for state, key in STATE_WORDS.items()},
    **{platform: Named(_both(platform)) for platform in ("sina_weibo", "tencent_weibo")},
    "all": Named(Words("全部", "all")),
    "open": Named(Words("进行中", "open")),
    "closed": Named(Words("已结束", "over")),
}
"""What cells of tables are called."""
