"""What simulated people write: sentences drawn from grammars over word lists of this project's own.

The grammars are wide (a clause has tens of thousands of forms), since ordinary people seldom write the same
sentence; what they do repeat are stock phrases, whose frequencies fall off as Zipf's law has it.
"""

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

import msgspec

from streams.sources.simulator.subjects import Subject, Words, read_words

Mood = Literal["positive", "neutral", "negative", "angry", "sad", "worried"]
MOODS: tuple[Mood, ...] = ("positive", "neutral", "negative", "angry", "sad", "worried")


class _Lexicon(msgspec.Struct, frozen=True):
    who: Words
    when: Words
    places: Words
    adverbs: Words
    links: Words
    details: Words
    stock: Words
    name_heads: Words
    name_tails: Words
    cities: Words
    provinces: Words
    icons: dict[Mood, Words]
    reactions: dict[Mood, Words]


_LEXICON = read_words("language.toml", _Lexicon)
CITIES: tuple[str, ...] = _LEXICON.cities
PROVINCES: tuple[str, ...] = _LEXICON.provinces
_ENDS = (
    "",
    "",
    "",
    "",
    "啊",
    "呢",
    "吧",
    "了",
    "哦",
    "嘛",
    "呀",
    "啦",
    "诶",
    "哈",
    "！",
    "。",
    "…",
    "~",
    "？",
    "！！",
)
_JOINS = ("，", "，", "，", "，", "。", " ", "！", "…", "；", "～", "。。")


def _zipf_ranks(count: int, exponent: float) -> list[float]:
    return list(accumulate((rank + 1) ** -exponent for rank in range(count)))


_STOCK_WEIGHTS = _zipf_ranks(len(_LEXICON.stock), 0.8)


def pick(rng: random.Random, options: Sequence[str]) -> str:
    """Draw one of ``options`` evenly; half the cost of ``random.choice``."""
    return options[int(rng.random() * len(options))]


def mood_for(rng: random.Random, lean: float) -> Mood:
    """Draw a mood; ``lean`` from -1 (all complain) to 1 (all praise)."""
    if rng.random() < 0.28:
        return "neutral"
    if rng.random() < (lean + 1) / 2:
        return "positive"
    return MOODS[2 + int(rng.random() * 4)]


def icon(rng: random.Random, mood: Mood) -> str:
    """Draw a bracket emoticon that fits the mood."""
    return pick(rng, _LEXICON.icons[mood])


def stock_phrase(rng: random.Random) -> str:
    """Draw one of the short phrases that every crowd uses, by Zipf's law."""
    return rng.choices(_LEXICON.stock, cum_weights=_STOCK_WEIGHTS)[0]


def opinion(rng: random.Random, subject: Subject, mood: Mood) -> str:
    """Return a clause on one aspect of the subject."""
    if mood == "positive":
        predicates = subject.good
    elif mood == "neutral":
        predicates = subject.plain
    else:
        predicates = subject.bad
    aspect, predicate = pick(rng, subject.aspects), pick(rng, predicates)
    form = rng.random()
    if form < 0.35:
        return f"{pick(rng, _LEXICON.adverbs)}{aspect}{predicate}{pick(rng, _ENDS)}"
    if form < 0.6:
        return f"{pick(rng, _LEXICON.places)}的{aspect}{predicate}{pick(rng, _ENDS)}"
    if form < 0.8:
        return f"{aspect}{pick(rng, _LEXICON.adverbs)}{predicate}{pick(rng, _ENDS)}"
    return f"{aspect}{predicate}{pick(rng, _ENDS)}"


def story(rng: random.Random, subject: Subject) -> str:
    """Return a clause on what somebody did."""
    clause = f"{pick(rng, _LEXICON.who)}{pick(rng, _LEXICON.when)}{pick(rng, subject.did)}"
    if rng.random() < 0.4:
        clause += "，" + pick(rng, _LEXICON.details).replace("{n}", str(2 + int(rng.random() ** 3 * 300)))
    return clause


def reaction(rng: random.Random, mood: Mood) -> str:
    """Return a feeling in a few characters, often with a word before it."""
    word = pick(rng, _LEXICON.reactions[mood])
    form = rng.random()
    if form < 0.3:
        return pick(rng, _LEXICON.links) + "，" + word + pick(rng, _ENDS)
    if form < 0.6:
        return pick(rng, _LEXICON.adverbs) + word + pick(rng, _ENDS)
    return word + pick(rng, _ENDS)


def _clause(rng: random.Random, subject: Subject, mood: Mood) -> str:
    form = rng.random()
    if form < 0.4:
        return opinion(rng, subject, mood)
    if form < 0.68:
        return story(rng, subject)
    if form < 0.94:
        return reaction(rng, mood)
    return pick(rng, subject.asks) + "？"


_CLOSING = frozenset("！。…~？；～ 。")


def _join(rng: random.Random, text: str, clause: str) -> str:
    return text + clause if text[-1] in _CLOSING else text + pick(rng, _JOINS) + clause


def remark(rng: random.Random, subject: Subject, mood: Mood) -> str:
    """Return the short own words of a repost or comment: mostly one clause, now and then three."""
    draw = rng.random()
    text = reaction(rng, mood) if draw < 0.34 else _clause(rng, subject, mood)
    if draw > 0.66:
        text = _join(rng, text, _clause(rng, subject, mood))
        if draw > 0.92:
            text = _join(rng, text, pick(rng, _LEXICON.links) + "，" + _clause(rng, subject, mood))
    if rng.random() < 0.25:
        text += icon(rng, mood) * (1 + int(rng.random() ** 2 * 3))
    return text


def essay(rng: random.Random, subject: Subject, mood: Mood) -> str:
    """Return an original post of two to five clauses, at times with a hashtag or a link."""
    text = story(rng, subject) if rng.random() < 0.5 else opinion(rng, subject, mood)
    for _ in range(1 + int(rng.random() * 4)):
        before = pick(rng, _LEXICON.links) + "，" if rng.random() < 0.35 else ""
        text = _join(rng, text, before + _clause(rng, subject, mood))
    if rng.random() < 0.4:
        text += icon(rng, mood)
    if rng.random() < 0.12:
        text = f"#{pick(rng, subject.hashtags)}#{text}"
    if rng.random() < 0.08:
        text += link(rng)
    return text


def headline(rng: random.Random, subject: Subject) -> str:
    """Return a news headline with its slots filled."""
    template = pick(rng, subject.news)
    return (
        template.replace("{city}", pick(rng, CITIES))
        .replace("{n}", str(2 + int(rng.random() ** 2 * 900)))
        .replace("{aspect}", pick(rng, subject.aspects))
    )


def question(rng: random.Random, subject: Subject) -> str:
    """Return a citizen's question to an official account."""
    place = pick(rng, _LEXICON.places) if rng.random() < 0.5 else ""
    story_first = story(rng, subject) + "，" if rng.random() < 0.4 else ""
    return f"{story_first}请问{place}{pick(rng, subject.asks)}？"


_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def link(rng: random.Random) -> str:
    """Return a short link."""
    return "http://t.cn/z" + "".join(_ALPHABET[int(rng.random() * 62)] for _ in range(6))


def nickname(rng: random.Random) -> str:
    """Return a name as people choose them; not unique, as people's are not."""
    name = pick(rng, _LEXICON.name_heads) + pick(rng, _LEXICON.name_tails)
    draw = rng.random()
    if draw < 0.45:
        return name + str(int(rng.random() * 10_000))
    if draw < 0.6:
        return f"{name}_{pick(rng, _LEXICON.name_tails)}"
    if draw < 0.8:
        return f"{pick(rng, CITIES)}{name}{int(rng.random() * 100)}"
    return f"{name}的{pick(rng, _LEXICON.name_tails)}"
