"""Corpora for the search port: talk made up from a seed, and real posts where they are at hand."""

from __future__ import annotations

import json
import lzma
import os
import random
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from monitor.campaigns.port import Membership
from monitor.documents import Document
from monitor.records import KINDS
from monitor.scoring.port import EMOTIONS, LABELS
from monitor.text import hashtags, links, own_words
from tests.testkit.documents import NOON, a_document

REAL_POSTS = (
    Path(os.environ.get("OPINION_MONITOR_SHARED_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
    / "weibo-cascades.ndjson.xz"
)

_SUBJECTS = (
    "这家火锅店",
    "新出的手机",
    "地铁三号线",
    "iPhone5s",
    "小区物业",
    "ＡＢＣ大厦",
    "本市自来水",
    "那部电影",
)
_VERBS = ("真的很好", "太让人失望了", "涨到3.5元", "have gone down", "一直在排队", "坏了", "卖完了", "ﾊﾝｶｸ的")
_TAILS = (
    "，大家觉得呢？",
    "！！！",
    "😂😂",
    "[哈哈]",
    "。http://t.cn/zO_Kq1",
    "…don't know",
    "，求转发",
    " ①围观",
    "❤️",
    "",
)
_ODD = (
    "転載は禁止です。カラオケ行こう",
    "오늘 날씨가 좋다",
    "你好,世界",
    "你好世界",
    "世界你好",
    "手 机",
    "手机",
    "机",
    "foo_bar FOO bar _ __",
    "1,000.5 元 a:b x·y 约翰·史密斯",
    "𠮷野家的牛丼",
    '他说"不要" OR 要 AND NOT NEAR(走)',
    "-减号 +加号 *星号 ^帽 words:冒号",
    "",
    "转发微博",
    "2012年12月21日",
)


def made_up_documents(count: int, seed: int) -> list[Document]:
    """Documents of several platforms, many at the same second, with every field that can be asked for."""
    chance = random.Random(seed)
    return [_made_up(number, chance) for number in range(count)]


def _made_up(number: int, chance: random.Random) -> Document:
    if chance.random() < 0.2:
        text = chance.choice(_ODD)
    else:
        text = chance.choice(_SUBJECTS) + chance.choice(_VERBS) + chance.choice(_TAILS)
    if chance.random() < 0.2:
        text += "//@某人:" + chance.choice(_SUBJECTS) + chance.choice(_VERBS)
    platform = chance.choice(("sina_weibo", "sina_weibo", "tencent_weibo"))
    made = a_document(
        f"{platform}:{chance.choice('aAbBz')}{number}",
        text,
        at=NOON + chance.randrange(200) * 1000 + chance.choice((0, 0, 0, 250)),
        kind=chance.choice(KINDS),
        author=f"p{chance.randrange(30)}",
        label=chance.choice(LABELS),
        uncertain=chance.random() < 0.3,
        emotion=chance.choice((None, *EMOTIONS)),
        watchlists=tuple(sorted({w for w in ("food", "Food", "transport", "水") if chance.random() < 0.2})),
        targets=tuple(
            sorted({chance.choice(("#火锅#", "sina_weibo:r1", "sina_weibo:R1", "link:t.cn/x")) for _ in "ab"})
        ),
    )
    return msgspec.structs.replace(made, reposts=chance.choice((None, 0, 3, 9)), likes=chance.randrange(2))


def real_documents(count: int) -> list[Document]:
    """The first real posts and reposts of the shared data, as documents."""
    return list(_read(count))


def _read(count: int) -> Iterator[Document]:
    with lzma.open(REAL_POSTS, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(islice(lines, count)):
            record = json.loads(line)
            own = own_words(record["text"])
            root = f"{record['platform']}:{record.get('root_id') or record['id']}"
            yield a_document(
                f"{record['platform']}:{record['id']}",
                record["text"],
                at=int(datetime.fromisoformat(record["created_at"]).timestamp() * 1000),
                kind=record["kind"],
                author=record["author"]["id"],
                label=LABELS[number % 3],
                uncertain=not own,
                watchlists=("food",) if "吃" in record["text"] else (),
                targets=(
                    root,
                    *(f"#{tag}" for tag in hashtags(own)),
                    *(f"link:{link}" for link in links(own)),
                ),
            )


def memberships_for(documents: list[Document], seed: int) -> list[Membership]:
    """Memberships of some of the documents, in no order, with revisions and some taken back."""
    chance = random.Random(seed)
    drawn = [
        Membership(document.id, f"c{chance.randrange(4)}", revision, chance.choice((0, 300, 900, 1000)))
        for document in documents
        if chance.random() < 0.3
        for revision in range(1, chance.randrange(2, 5))
    ]
    chance.shuffle(drawn)
    return drawn
