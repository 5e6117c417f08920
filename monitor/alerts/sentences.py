"""One sentence for each alert: figure, baseline, window and interval, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

import msgspec

from monitor.alerts.port import AlertState, Rule
from monitor.alerts.rules import Reading
from monitor.campaigns.port import Level
from monitor.opinion.figures import EVERYTHING, MINIMUM_PEOPLE

LEVELS_ZH: dict[Level, str] = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"}
_STATES_EN: dict[AlertState, str] = {
    "opened": "opened at level {}",
    "escalated": "rose to level {}",
    "de-escalated": "fell to level {}",
    "resolved": "ended; it had reached level {}",
}
_STATES_ZH: dict[AlertState, str] = {
    "opened": "发出{}预警",
    "escalated": "升级为{}预警",
    "de-escalated": "降级为{}预警",
    "resolved": "预警解除，最高曾达{}",
}
_TURNS: dict[Rule, tuple[str, str]] = {
    "negative_turn": ("negative", "负面"),
    "anger_turn": ("angry", "愤怒"),
}


class Titles(msgspec.Struct, frozen=True):
    """What watchlists are called."""

    english: Mapping[str, str]
    chinese: Mapping[str, str]

    def of(self, watchlist: str, platform: str) -> tuple[str, str]:
        """A watchlist on a platform, in English and Chinese."""
        everything = watchlist == EVERYTHING
        english = "All subjects" if everything else self.english.get(watchlist, watchlist)
        chinese = "全部话题" if everything else self.chinese.get(watchlist, watchlist)
        return f"{english} on {platform}", f"{chinese}（{platform}）"


class Told(msgspec.Struct, frozen=True):
    """What a sentence is about."""

    rule: Rule
    place: tuple[str, str]
    level: Level
    state: AlertState
    at: int


def sentences(told: Told, reading: Reading, zone: tzinfo) -> tuple[str, str]:
    """The sentence in English and in Chinese; times in ``zone``."""
    until = datetime.fromtimestamp(told.at / 1000, zone)
    moment = f"{until:%Y-%m-%d %H:%M}"
    name_en, name_zh = _NAMES[told.rule]
    state_en, state_zh = _STATES_EN[told.state], _STATES_ZH[told.state]
    happened_en = f"{told.place[0]}: {name_en} {state_en.format(told.level)}."
    happened_zh = f"{told.place[1]}：{name_zh}{state_zh.format(LEVELS_ZH[told.level])}。"
    if told.rule == "source_silent" and told.state == "resolved":
        return (
            f"{happened_en} Records come in again since {moment}.",
            f"{happened_zh}{moment} 起恢复收到记录。",
        )
    english, chinese = _measured(told.rule, reading)
    return (
        f"{happened_en} {english} in the {reading.minutes} minutes to {moment}.",
        f"{happened_zh}截至 {moment} 的 {reading.minutes} 分钟内，{chinese}。",
    )


_NAMES: dict[Rule, tuple[str, str]] = {
    "surge": ("surge", "声量激增"),
    "negative_turn": ("negative turn", "负面转向"),
    "anger_turn": ("turn to anger", "愤怒情绪上升"),
    "source_silent": ("silence", "数据中断"),
}


def _measured(rule: Rule, reading: Reading) -> tuple[str, str]:
    people = f"{reading.people:,.0f}"
    if rule == "source_silent":
        return (
            f"No record, where {reading.usual:,.0f} are usual,",
            f"没有收到任何记录，平时约为 {reading.usual:,.0f} 条",
        )
    if reading.people < MINIMUM_PEOPLE:
        return f"Fewer than {MINIMUM_PEOPLE} people wrote", f"发声不足 {MINIMUM_PEOPLE} 人"
    if reading.unit == "ratio":
        share, low, high = (_percent(part) for part in (reading.figure, reading.low, reading.high))
        usual = _percent(reading.usual)
        english, chinese = _TURNS[rule]
        return (
            f"{share} {english} (95% between {low} and {high}, {people} people), usually {usual},",
            f"{chinese}占比 {share}（95% 区间 {low} 至 {high}，{people} 人发声），平时为 {usual}",
        )
    count, low, high = (f"{part:,.0f}" for part in (reading.figure, reading.low, reading.high))
    usual = f"{reading.usual:,.0f}"
    return (
        f"{count} records (95% between {low} and {high}) from {people} people, usually {usual},",
        f"共 {count} 条（95% 区间 {low} 至 {high}），{people} 人发声，平时约为 {usual} 条",
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
