"""Words by which a root calls for an answer, words of greeting and of asking: they can only speak against.

Plain substrings of folded text, in Chinese and in languages with Latin script. A lexicon belongs to the
background model: who translates names and opinions by a table translates it too.
"""

from __future__ import annotations

import msgspec


class Lexicon(msgspec.Struct, frozen=True):
    """Substrings that mark a contest, a call to repost, a greeting or condolence, and a question."""

    contest: tuple[str, ...]
    call: tuple[str, ...]
    greeting: tuple[str, ...]
    question: tuple[str, ...] = ()


SHIPPED = Lexicon(
    contest=(
        *[
            "有奖",
            "抽奖",
            "大奖",
            "奖品",
            "奖励",
            "赢取",
            "送出",
            "抽取",
            "中奖",
            "答案",
            "竞猜",
            "猜一猜",
            "问答",
            "抢答",
            "为什么？",
        ],
        *("giveaway", "to win", "prize", "contest", "quiz", "sorteo", "gewinnspiel", "concours"),
    ),
    call=(
        *["请转", "求转", "转发", "扩散", "转起", "接力", "转走", "帮忙转", "【转】"],
        *("please share", "please rt", "retweet", "spread the word", "difundir", "compartir", "bitte teilen"),
    ),
    greeting=(
        *[
            "早安",
            "晚安",
            "早上好",
            "生日快乐",
            "节日快乐",
            "新年快乐",
            "春节快乐",
            "圣诞快乐",
            "中秋快乐",
            "快乐！",
        ],
        *[
            "节哀",
            "安息",
            "一路走好",
            "走好",
            "逝者",
            "默哀",
            "祈福",
            "祈祷",
            "平安",
            "蜡烛",
            "致敬",
            "辛苦了",
        ],
        *("good morning", "good night", "happy birthday", "happy new year", "merry christmas"),
        *("rest in peace", "rip ", "condolence", "pray for", "bless", "feliz", "buenos dias", "guten morgen"),
    ),
    question=("?", "？", "请问", "为什么", "怎么办"),
)


def mentions_any(text: str, words: tuple[str, ...]) -> bool:
    """Whether a folded text has one of the words."""
    return any(word in text for word in words)
