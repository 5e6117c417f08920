"""One sentence for each alert: figure, baseline, window and interval, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

import msgspec

from monitor.alerts.port import ALL_PLATFORMS, AlertState, Rule
from monitor.alerts.rules import Reading
from monitor.campaigns.port import Level
from monitor.language import catalogue
from monitor.opinion.figures import EVERYTHING, MINIMUM_PEOPLE
from monitor.opinion.people import SAMPLE_SIZE

LEVELS_ZH: dict[Level, str] = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"}
STATES_EN: dict[AlertState, str] = {
    "opened": "opened at level {}",
    "escalated": "rose to level {}",
    "de-escalated": "fell to level {}",
    "resolved": "is over (level {} at its height)",
}
STATES_ZH: dict[AlertState, str] = {
    "opened": "发出{}预警",
    "escalated": "升级为{}预警",
    "de-escalated": "降级为{}预警",
    "resolved": "预警解除（最高曾达{}）",
}
_HAPPENS: dict[Rule, tuple[str, str]] = {
    "surge": ("surge of talk", "声量激增"),
    "negative_turn": ("negative turn", "舆论转向负面"),
    "anger_turn": ("turn to anger", "愤怒情绪升温"),
    "source_silent": ("silence", "数据中断"),
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
        on_english, on_chinese = platform_words(platform)
        return f"{english} on {on_english}", f"{chinese}（{on_chinese}）"


def platform_words(platform: str) -> tuple[str, str]:
    """What a platform is called, in English and Chinese; one without a name goes by its own."""
    if platform == ALL_PLATFORMS:
        return "all platforms", "全部平台"
    english, chinese = (catalogue(language).messages.get(platform, platform) for language in ("en", "zh"))
    return english, chinese


class Told(msgspec.Struct, frozen=True):
    """What a sentence is about; ``faded``: too few write for anything to be measured."""

    rule: Rule
    place: tuple[str, str]
    level: Level
    state: AlertState
    at: int
    faded: bool = False


def sentences(told: Told, reading: Reading, zone: tzinfo) -> tuple[str, str]:
    """The sentence in English and in Chinese; times in ``zone``."""
    moment = f"{datetime.fromtimestamp(told.at / 1000, zone):%Y-%m-%d %H:%M}"
    name_en, name_zh = _HAPPENS[told.rule]
    article = "a" if told.state == "opened" else "the"
    state_en = STATES_EN[told.state].format(told.level)
    state_zh = STATES_ZH[told.state].format(LEVELS_ZH[told.level])
    happened_en = f"{told.place[0]}: {article} {name_en} {state_en}"
    happened_zh = f"{told.place[1]}{name_zh}{'' if told.state == 'resolved' else '，'}{state_zh}"
    if told.rule == "source_silent" and told.state == "resolved":
        return (
            f"{happened_en}, and records come in again since {moment}.",
            f"{happened_zh}：{moment} 起恢复收到记录。",
        )
    if not reading.minutes:
        return (
            f"{happened_en}, with no figures for the time to {moment}: not enough history.",
            f"{happened_zh}：截至 {moment} 历史数据不足，没有可比数据。",
        )
    (figure_en, figure_zh), (usual_en, usual_zh) = _measured(told.rule, reading)
    span_en, span_zh = _span(reading.minutes)
    if told.faded:
        happened_en += ", since too few write to judge by"
        happened_zh += "，发声太少，不再判断"
    return (
        f"{happened_en}, with {figure_en} in the {span_en} to {moment}, where {usual_en} usual.",
        f"{happened_zh}：截至 {moment} 的 {span_zh}内{figure_zh}，{usual_zh}。",
    )


_Pair = tuple[str, str]
_FEW: _Pair = (f"fewer than {MINIMUM_PEOPLE} people writing", f"发声不足 {MINIMUM_PEOPLE} 人")


def _measured(rule: Rule, reading: Reading) -> tuple[_Pair, _Pair]:
    """What was measured and what is usual, in English and in Chinese each."""
    if reading.unit == "ratio":
        return _share(rule, reading)
    count, low, high, usual = (
        f"{part:,.0f}" for part in (reading.figure, reading.low, reading.high, reading.usual)
    )
    below_one = usual == "0" and reading.usual > 0
    are = "is" if usual == "1" else "are"
    interval_en, interval_zh = f"95% interval {low} to {high}", f"95% 区间 {low} 至 {high} 条"
    plain = ("fewer than 1 is", "平时不足 1 条") if below_one else (f"{usual} {are}", f"平时约 {usual} 条")
    if rule == "source_silent":
        return (f"no record ({interval_en})", f"没有收到任何记录（{interval_zh}）"), plain
    if reading.people < MINIMUM_PEOPLE:
        records = f"{usual} record{'' if usual == '1' else 's'} {are}"
        return _FEW, ("fewer than 1 record is" if below_one else records, plain[1])
    people_en, people_zh = _people(reading.people)
    return (
        f"{count} records ({interval_en}) from {people_en}",
        f"共 {count} 条（{interval_zh}），{people_zh}发声",
    ), plain


def _people(people: float) -> _Pair:
    """How many people; what is estimated from a sample says so."""
    count = f"{people:,.0f}"
    if people <= SAMPLE_SIZE:
        return f"{count} people", f"{count} 人"
    return f"about {count} people", f"约 {count} 人"


def _share(rule: Rule, reading: Reading) -> tuple[_Pair, _Pair]:
    share, low, high, usual = (
        f"{100 * part:.0f}%" for part in (reading.figure, reading.low, reading.high, reading.usual)
    )
    english, chinese = _TURNS[rule]
    if reading.people < MINIMUM_PEOPLE:
        return _FEW, (f"{usual} {english} texts are", f"平时{chinese}占比约 {usual}")
    people_en, people_zh = _people(reading.people)
    return (
        f"{share} {english} texts (95% interval {low} to {high}) from {people_en}",
        f"{chinese}占比 {share}（95% 区间 {low} 至 {high}），{people_zh}发声",
    ), (f"{usual} are", f"平时约 {usual}")


def _span(minutes: int) -> _Pair:
    """So many minutes in words; longer than two hours, in hours and minutes."""
    hours, rest = divmod(minutes, 60)
    if minutes < 120:
        return ("minute" if minutes == 1 else f"{minutes} minutes"), f"{minutes} 分钟"
    if not rest:
        return f"{hours} hours", f"{hours} 小时"
    return f"{hours} hours and {rest} minute{'' if rest == 1 else 's'}", f"{hours} 小时 {rest} 分钟"
