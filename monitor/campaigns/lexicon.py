"""Words by which a root calls for an answer, words of greeting and of asking: they can only speak against.

Plain substrings of folded text, in Chinese and in languages with Latin, Cyrillic and Arabic script. A lexicon
belongs to the background model: who translates names and opinions by a table translates it too.

No list may hold a word that values anything: who praises, thanks, mourns or prays would be excused where
who blames in as many words is not. Condolences are told from an army by their form (each writes them in
another way, they come slowly) and by how usual they are in public talk, as everything else is.
"""

from __future__ import annotations

import msgspec


class Lexicon(msgspec.Struct, frozen=True):
    """Substrings that mark a contest, a call to repost, a greeting of the day or season, and a question."""

    contest: tuple[str, ...]
    call: tuple[str, ...]
    greeting: tuple[str, ...]
    question: tuple[str, ...] = ()


SHIPPED = Lexicon(
    contest=(
        *("有奖", "抽奖", "奖品", "赢取", "送出", "抽取", "中奖", "答案", "竞猜", "猜一猜", "问答", "抢答"),
        *("位好友", "名好友", "两个好友", "三个好友", "3个好友", "5个好友", "大放送"),
        *(
            "giveaway",
            "chance to win",
            "enter to win",
            "contest:",
            "quiz",
            "sorteo",
            "gewinnspiel",
            "concours",
        ),
    ),
    call=(
        *("请转", "求转", "转发", "扩散", "转起", "接力", "转走", "帮忙转", "【转】"),
        *("please share", "please rt", "retweet", "spread the word", "difundir", "compartir", "bitte teilen"),
    ),
    greeting=(
        *("早安", "晚安", "早上好", "晚上好", "生日快乐", "节日快乐", "新年快乐", "春节快乐", "元宵快乐"),
        *("端午快乐", "中秋快乐", "国庆快乐", "圣诞快乐"),
        *("good morning", "good night", "happy birthday", "happy new year", "merry christmas"),
        *("feliz cumpleaños", "feliz navidad", "feliz año", "buenos dias", "buenos días", "guten morgen"),
        *("buenas noches", "ramadan mubarak", "ramadan kareem"),
        *("happy friday", "happy easter", "happy thanksgiving", "happy holidays", "eid mubarak"),
        *("доброе утро", "спокойной ночи", "с днём рождения", "с днем рождения", "с новым годом"),
        *("صباح الخير", "مساء الخير", "عيد مبارك", "رمضان كريم", "كل عام وأنتم بخير"),
        *("günaydın", "iyi geceler", "iyi bayramlar", "mutlu yıllar", "doğum günün", "hayırlı cumalar"),
    ),
    question=("?", "？", "请问"),
)


def mentions_any(text: str, words: tuple[str, ...]) -> bool:
    """Whether a folded text has one of the words."""
    return any(word in text for word in words)
