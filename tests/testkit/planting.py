"""Campaigns made up for tests and evidence: who writes what when, drawn wide from a seed.

Sentences are put together from short lists of our own words and from made-up names, so that no two
campaigns are alike; ``paraphrase`` is the chance that a word of a copy is replaced, dropped or doubled.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

Language = Literal["zh", "en", "es", "ru"]
Timing = Literal["even", "random", "bursts"]

_WORDS: dict[Language, tuple[Sequence[str], Sequence[str], Sequence[str]]] = {
    "zh": (
        [
            "这款",
            "这家",
            "昨天的",
            "朋友推荐的",
            "新出的",
            "大家说的",
            "公司的",
            "电视上的",
            "楼下的",
            "上次买的",
            "一直用的",
            "刚开的",
        ],
        [
            "面膜",
            "手机",
            "餐厅",
            "酒店",
            "活动",
            "节目",
            "歌手",
            "老师",
            "医院",
            "路线",
            "方案",
            "产品",
            "客服",
            "味道",
            "价格",
            "包装",
            "比赛",
            "球队",
            "车站",
        ],
        [
            "真的很好",
            "值得一试",
            "让人放心",
            "越来越差",
            "不能接受",
            "没有想到",
            "全家都爱",
            "早就知道",
            "必须支持",
            "太失望了",
            "再也不去",
            "会推荐给同事",
            "完全不一样",
            "比想象的好",
            "说到做到",
            "应该道歉",
            "赶紧去看",
            "效果明显",
            "服务周到",
            "良心价格",
        ],
    ),
    "en": (
        [
            "this new",
            "my old",
            "that local",
            "the famous",
            "our national",
            "every single",
            "another",
            "the so called",
        ],
        [
            "phone",
            "clinic",
            "team",
            "governor",
            "airline",
            "school",
            "bank",
            "show",
            "mask",
            "road plan",
            "city council",
            "budget",
        ],
        [
            "is really worth it",
            "keeps getting worse",
            "made my day",
            "should resign now",
            "surprised everyone here",
            "never tells the truth",
            "works better than before",
            "deserves our support",
            "cost us millions",
            "changed it all",
        ],
    ),
    "es": (
        ["este nuevo", "mi viejo", "el famoso", "nuestro", "cada", "aquel", "ningun"],
        [
            "telefono",
            "hospital",
            "equipo",
            "alcalde",
            "banco",
            "programa",
            "plan de agua",
            "periodico",
            "colegio",
        ],
        [
            "vale la pena",
            "va de mal en peor",
            "debe renunciar ya",
            "nos sorprendio a todos",
            "dice la verdad",
        ],
    ),
    "ru": (
        ["этот новый", "мой старый", "наш местный", "каждый", "тот самый", "известный"],
        ["телефон", "банк", "мэр", "врач", "фильм", "стадион", "проект", "журнал", "директор"],
        [
            "очень хорош",
            "всё хуже и хуже",
            "должен уйти",
            "удивил всех нас",
            "говорит правду",
            "нам не нужен",
        ],
    ),
}
_TAILS = ["", "", "", "！", "。", "!!", "~", "[good]", "[赞]", " :)"]


class Planted(msgspec.Struct, frozen=True):
    """One record of a campaign: milliseconds after its start, account number, text."""

    after: int
    account: int
    text: str


def a_sentence(chance: random.Random, language: Language = "zh") -> list[str]:
    """The words of one sentence, with a name that nobody else uses."""
    openings, things, endings = _WORDS[language]
    syllables = "柏临沁珞岚骁琛霁棠钰筠翊澜" if language == "zh" else "bakolimurevosanteda"
    name = "".join(chance.choice(syllables) for _ in range(2 if language == "zh" else 6))
    words = [chance.choice(openings), name, chance.choice(things), chance.choice(endings)]
    if chance.random() < 0.6:
        words += [chance.choice(things), chance.choice(endings)]
    return words


def paraphrased(words: Sequence[str], share: float, chance: random.Random, language: Language = "zh") -> str:
    """The sentence with about ``share`` of its words replaced, dropped or doubled."""
    every = [word for table in _WORDS[language] for word in table]
    told: list[str] = []
    for word in words:
        draw = chance.random()
        if draw >= share:
            told.append(word)
        elif draw < share * 0.6:
            told.append(chance.choice(every))
        elif draw < share * 0.8:
            told.extend((word, word))
    return ("" if language == "zh" else " ").join(told or list(words))


def _moments(count: int, span_ms: int, timing: Timing, chance: random.Random) -> list[int]:
    if timing == "even":
        return [round((at + chance.uniform(-0.3, 0.3)) * span_ms / count) for at in range(count)]
    if timing == "random":
        return sorted(chance.randrange(span_ms) for _ in range(count))
    centres = [chance.randrange(span_ms) for _ in range(max(2, count // 12))]
    return sorted(
        min(span_ms, max(0, round(chance.gauss(chance.choice(centres), span_ms / 40)))) for _ in range(count)
    )


def a_campaign(
    chance: random.Random,
    *,
    accounts: int,
    minutes: float,
    sentences: int,
    paraphrase: float = 0.0,
    records: int | None = None,
    language: Language = "zh",
) -> list[Planted]:
    """Copies of ``sentences`` texts by ``accounts`` accounts over ``minutes``, in order of time."""
    pool = [a_sentence(chance, language) for _ in range(sentences)]
    timing: Timing = chance.choice(("even", "random", "bursts"))
    count = records or accounts
    at = _moments(count, round(minutes * 60_000), timing, chance)
    who = [number % accounts for number in range(count)]
    chance.shuffle(who)
    tail: Callable[[], str] = (lambda: chance.choice(_TAILS)) if chance.random() < 0.3 else (lambda: "")
    return [
        Planted(moment, account, paraphrased(chance.choice(pool), paraphrase, chance, language) + tail())
        for moment, account in zip(sorted(at), who, strict=True)
    ]


def praise(
    chance: random.Random, *, accounts: int, minutes: float, phrases: int, own_share: float
) -> list[Planted]:
    """Texts that all differ: one to three phrases of a brief, some (``own_share``) replaced, and own."""
    openings, things, endings = _WORDS["zh"]
    brief = [
        chance.choice(("", *openings)) + chance.choice(things) + chance.choice(endings)
        for _ in range(phrases)
    ]
    timing: Timing = chance.choice(("even", "random", "bursts"))
    planted = []
    for number, moment in enumerate(sorted(_moments(accounts, round(minutes * 60_000), timing, chance))):
        parts = chance.sample(brief, chance.randint(1, 3))
        parts = [_own_phrase(chance) if chance.random() < own_share else part for part in parts]
        parts.insert(chance.randrange(len(parts) + 1), _own_phrase(chance))
        planted.append(Planted(moment, number, chance.choice("，！ 。").join(parts)))
    return planted


def _own_phrase(chance: random.Random) -> str:
    return "".join(chr(chance.randrange(0x4E00, 0x5600)) for _ in range(chance.randint(4, 10)))


def an_empty_run(chance: random.Random, *, accounts: int, minutes: float) -> list[Planted]:
    """Empty reposts, one an account."""
    timing: Timing = chance.choice(("even", "random"))
    moments = sorted(_moments(accounts, round(minutes * 60_000), timing, chance))
    return [Planted(moment, number, "") for number, moment in enumerate(moments)]
