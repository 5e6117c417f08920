"""Alert events and notices for tests: sensible until told otherwise."""

from __future__ import annotations

import msgspec

from monitor.alerts.notices import Notice, told
from monitor.alerts.port import Alert, AlertState, Rule
from monitor.campaigns.port import LEVELS, Level
from monitor.relay.spool import Wake

TITLES = {"housing": ("住房", "Housing"), "food_safety": ("食品安全", "Food safety")}
LINK = "https://console.example.org/search?watchlist=housing"
_SENTENCES: dict[Level, tuple[Rule, AlertState, str, str]] = {
    "blue": (
        "surge",
        "opened",
        (
            "住房（sina_weibo）：声量激增发出蓝色预警。"
            "截至 2011-12-05 20:30 的 10 分钟内，"
            "共 412 条（95% 区间 374 至 454），268 人发声，平时约为 96 条。"
        ),
        (
            "Housing on sina_weibo: surge opened at level blue. 412 records (95% between 374 and 454) from "
            "268 people, usually 96, in the 10 minutes to 2011-12-05 20:30."
        ),
    ),
    "yellow": (
        "negative_turn",
        "escalated",
        (
            "住房（sina_weibo）：负面转向升级为黄色预警。"
            "截至 2011-12-05 20:40 的 30 分钟内，"
            "负面占比 61%（95% 区间 56% 至 66%，355 人发声），平时为 34%。"
        ),
        (
            "Housing on sina_weibo: negative turn rose to level yellow. 61% negative (95% between 56% and "
            "66%, 355 people), usually 34%, in the 30 minutes to 2011-12-05 20:40."
        ),
    ),
    "orange": (
        "campaign",
        "opened",
        (
            "疑似水军活动 ce94b82f741a80ce2 出现：自 2011-12-05 20:10 起，"
            "84 个账号在 #学区房# 等 3 个对象 发布 310 条，评分 0.93，级别为橙色。"
        ),
        (
            "Suspected campaign ce94b82f741a80ce2 opened: 310 records from 84 accounts on #学区房# and "
            "2 more since 2011-12-05T20:10:00+08:00, score 0.93, level orange."
        ),
    ),
    "red": (
        "anger_turn",
        "escalated",
        (
            "住房（全部平台）：愤怒情绪上升升级为红色预警。"
            "截至 2011-12-05 21:00 的 30 分钟内，"
            "愤怒占比 48%（95% 区间 45% 至 51%，1,204 人发声），平时为 9%。"
        ),
        (
            "Housing on all platforms: turn to anger rose to level red. 48% angry (95% between 45% and 51%, "
            "1,204 people), usually 9%, in the 30 minutes to 2011-12-05 21:00."
        ),
    ),
}


def an_alert(level: Level = "orange", **changes: object) -> Alert:
    """An alert event about housing; one of each level differs in rule and sentence."""
    rule, state, zh, en = _SENTENCES[level]
    alert = Alert(
        id=f"{rule}:housing:{LEVELS.index(level)}",
        rule=rule,
        subject="housing|sina_weibo",
        level=level,
        state=state,
        at=1_323_088_200_000,
        sentence_en=en,
        sentence_zh=zh,
        incident=f"{rule}:housing",
        watchlist="housing",
        platform="sina_weibo",
    )
    return msgspec.structs.replace(alert, **changes)


def a_notice(level: Level = "orange", **changes: object) -> Notice:
    """The notice of ``an_alert``."""
    notice = told(an_alert(level), TITLES["housing"], LINK)
    return msgspec.structs.replace(notice, **changes)


def a_wake(alert: Alert, status: str = "firing", starts_at: str = "2011-12-05T12:30:00Z") -> Wake:
    """What Alertmanager sends for the level that an alert event brought."""
    labels = {
        "kind": "opinion",
        "alertname": "OpinionAlert",
        "rule": alert.rule,
        "watchlist": alert.watchlist,
        "platform": alert.platform,
        "level": alert.level,
    }
    return Wake(status, labels, {}, starts_at, "-".join(labels.values()))
