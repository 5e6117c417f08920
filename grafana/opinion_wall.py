"""*Opinion wall*: what people say about the watched subjects, what is usual, and what alerts."""

from __future__ import annotations

from grafana.calm import NONE_OR_NOT_HEARD, NOT_HEARD, or_none
from grafana.names import LEVELS_OR_NONE, SENTIMENTS
from grafana.panels import Es, Link, Panel, Prom
from grafana.words import Column, Words

TITLE = Words("舆情大屏", "Opinion wall")
UID = "opinion-wall"
_HERE = '{watchlist=~"$watchlist"}'
_SEARCH = Link(
    Words("在控制台中查看原文", "Read the posts in the console"),
    "${console}/search?q=watchlist:${__field.labels.watchlist}&after=${__from}&before=${__to}",
)
_ROW_SEARCH = Link(
    _SEARCH.title,
    "${console}/search?q=watchlist:${__data.fields.watchlist}&after=${__from}&before=${__to}",
)
_FEW = Words("发声不足 5 人或暂无数据", "Fewer than 5 people, or no data")
_NO_FIGURES = Words(
    "没有数据；若只缺（·）线，则历史数据尚不足",
    "No data; where only the line (·) is missing: too little history",
)


def _counts(what: str) -> tuple[Prom, ...]:
    """Records of a subject on all platforms, and what is usual."""
    now = f"sum by (watchlist) (opinion_window_{what}{_HERE})"
    before = f"sum by (watchlist) (opinion_baseline_{what}{_HERE})"
    return Prom(now, "{{watchlist}}"), Prom(before, "{{watchlist}} ·")


def _shares(feeling: str) -> tuple[Prom, ...]:
    """A share of a subject's texts, platforms weighing as much as the people behind it, and what is usual."""
    people = f"opinion_window_{feeling}_people{_HERE}"
    now, before = (
        f"sum by (watchlist) (opinion_{kind}_{feeling}_ratio{_HERE} * {people}) "
        f"/ sum by (watchlist) ({people} and opinion_{kind}_{feeling}_ratio{_HERE})"
        for kind in ("window", "baseline")
    )
    return Prom(now, "{{watchlist}}"), Prom(before, "{{watchlist}} ·")


_WEIGHTED = Words("各平台按发声人数加权。", "Platforms weigh as much as the people who speak there.")


_FEW_VOICES = Words("发声不足 20 人或暂无数据", "Fewer than 20 people, or no data")
_ORGANIC = Words(
    "最近一小时（事件时间）：每人一声，按概率去除水军；区间为 95%，水军仍在认定中时为暂定。",
    "The last hour of event time: one voice a person, campaigns removed by their probability; intervals are "
    "of 95%, and provisional while campaigns may still be found.",
)
_OPINION = (
    ("organic_people", "人数", "People", "short"),
    ("organic_negative_ratio", "负面（一人一声）", "Negative, one voice a person", "percentunit"),
    ("organic_negative_ratio_low", "不低于", "At least", "percentunit"),
    ("organic_negative_ratio_high", "不高于", "At most", "percentunit"),
    ("raw_negative_ratio", "负面（全部发言）", "Negative, all texts", "percentunit"),
    ("campaign_ratio", "水军占比", "Of campaigns", "percentunit"),
    ("uncertain_ratio", "情感不确定", "Uncertain", "percentunit"),
)
_ABOUT = (
    ("level", "级别", "Level"),
    ("watchlist", "关注话题", "Subject"),
    ("platform", "平台", "Platform"),
    ("rule", "规则", "Rule"),
)


def _same(field: str, zh: str, en: str) -> Column:
    return Column(Words(field, field), Words(zh, en))


PANELS = (
    Panel(
        title=Words("进行中的警情（按级别）", "Active alerts by level"),
        kind="stat",
        queries=(Prom(or_none("opinion:alerts_active:sum"), "{{level}}"),),
        empty=NOT_HEARD,
        limits=(1,),
        names=LEVELS_OR_NONE,
        width=6,
    ),
    Panel(
        title=Words("进行中的警情", "Active alerts"),
        about=Words("每行是一个关注话题在一个平台上的警情。", "A watchlist on a platform in each row."),
        kind="table",
        queries=(Prom("sum by (watchlist, platform, rule, level) (opinion_alert_active) > 0"),),
        empty=NONE_OR_NOT_HEARD,
        links=(_ROW_SEARCH,),
        columns=(
            *(_same(field, zh, en) for field, zh, en in _ABOUT),
            Column(Words("Value", "Value"), Words("起数", "How many")),
        ),
        width=18,
    ),
    Panel(
        title=Words("声量与平时（·）", "Records, and what is usual (·)"),
        about=Words(
            "声量规则窗口内的记录数，以及同一时刻的基线。",
            "Records in the surge rule's window, and the baseline for that time of day.",
        ),
        queries=_counts("records"),
        empty=_NO_FIGURES,
        links=(_SEARCH,),
    ),
    Panel(
        title=Words("发声人数", "People who speak"),
        queries=(Prom(f"sum by (watchlist) (opinion_window_people{_HERE})", "{{watchlist}}"),),
        empty=_FEW,
        links=(_SEARCH,),
    ),
    Panel(
        title=Words("负面占比与平时（·）", "Negative share, and what is usual (·)"),
        about=_WEIGHTED,
        queries=_shares("negative"),
        unit="percentunit",
        empty=_FEW,
        links=(_SEARCH,),
    ),
    Panel(
        title=Words("愤怒占比与平时（·）", "Angry share, and what is usual (·)"),
        about=_WEIGHTED,
        queries=_shares("anger"),
        unit="percentunit",
        empty=_FEW,
        links=(_SEARCH,),
    ),
    Panel(
        title=Words("负面占比：一人一声与全部发言（·）", "Negative: one voice a person, and all texts (·)"),
        about=_ORGANIC,
        queries=(
            Prom(f"opinion_hour_organic_negative_ratio{_HERE}", "{{watchlist}}"),
            Prom(f"opinion_hour_raw_negative_ratio{_HERE}", "{{watchlist}} ·"),
        ),
        unit="percentunit",
        empty=_FEW_VOICES,
        links=(_SEARCH,),
    ),
    Panel(
        title=Words("真实民意（最近一小时）", "Organic opinion (last hour)"),
        about=_ORGANIC,
        kind="table",
        queries=tuple(Prom(f"max by (watchlist) (opinion_hour_{name}{_HERE})") for name, _, _, _ in _OPINION),
        empty=_FEW_VOICES,
        links=(_ROW_SEARCH,),
        columns=(
            _same("watchlist", "关注话题", "Subject"),
            *(
                Column(Words(f"Value #{letter}", f"Value #{letter}"), Words(zh, en), unit)
                for letter, (_, zh, en, unit) in zip("ABCDEFG", _OPINION, strict=True)
            ),
        ),
    ),
    Panel(
        title=Words("各话题声量", "Volume by subject"),
        queries=(
            Es("figures", "watchlist:/$watchlist/ AND NOT watchlist:all", ("records",), by="watchlist"),
        ),
        stacked=True,
    ),
    Panel(
        title=Words(
            "情感分布（每分钟不足 5 人者不计）", "Sentiment (minutes of fewer than 5 people left out)"
        ),
        queries=(
            Es(
                "figures",
                "watchlist:/$watchlist/ AND speakers:[5 TO *]",
                ("labels.negative", "labels.neutral", "labels.positive", "uncertain"),
            ),
        ),
        names=SENTIMENTS,
        empty=_FEW,
        stacked=True,
    ),
    Panel(
        title=Words("警情记录", "Alert events"),
        kind="table",
        queries=(Es("alerts", "watchlist:/$watchlist/ OR watchlist:all", rows=True),),
        empty=Words(
            "这段时间没有记录到警情（评估是否在运行，请看左上角）",
            "No alert is stored for this time; whether anybody watches is said at the top left",
        ),
        links=(
            Link(
                Words("在控制台中查看这段时间的警情", "See the alerts of this time in the console"),
                "${console}/alerts?after=${__from}&before=${__to}",
            ),
        ),
        columns=(
            Column(Words("at", "at"), Words("时间", "Time")),
            *(_same(field, zh, en) for field, zh, en in _ABOUT),
            Column(Words("state", "state"), Words("变化", "Change")),
            Column(Words("sentence_zh", "sentence_en"), Words("说明", "What happened")),
        ),
        width=24,
        height=10,
    ),
)
