"""What a post's text is made of: own words, hashtags, links, mentions, and signatures of near-equal texts.

Everything here is a pure function of the text. Patterns follow how Sina and Tencent Weibo write:
``own words//@someone:what they wrote//@another:…`` (Tencent: ``|| @someone: …``; elsewhere: ``RT @someone:
…``), ``#hashtag#``,
``@name``, short links, and the tails that clients add ("(分享自 @…)").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from zlib import crc32

from monitor.combining import COMBINING

PSEUDONYM = r"n[0-9a-f]{20}"
"""What stands for a mentioned name (``monitor.privacy``); it ends there, whatever follows."""
_NAME = rf"(?:{PSEUDONYM}|(?:[\w\-·{COMBINING}]|(?<=[A-Za-z0-9])[.'’](?=[A-Za-z0-9])){{1,40}})"
MENTION = re.compile(rf"(?:[@＠]|(?<=//)\s?[@＠]\s?|(?<=\|\|)\s?[@＠]\s?)({_NAME})")
LINK = re.compile(r"https?://[A-Za-z0-9./?=&_%~+:;,!\-]+", re.IGNORECASE)
HASHTAG = re.compile(r"[#＃]([^#＃\n]{1,60})[#＃](?:(?<!\s.)|(?!\w))")
"""The second ``#`` of ``#one and #two`` begins a hashtag, it ends none."""
_CLIENT_TAIL = re.compile(r"[（(]\s*(?:分享自|来自|via)[^）)]{0,60}[）)]")
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_CHAIN = re.compile(r"(?://|\|\||(?:^|(?<=\s))RT\s)\s?[@＠]")
_REPLY_HEAD = re.compile(rf"\s*(?:(?:回复|回復|回覆)\s?[@＠]{_NAME}\s?[:：]?\s?)+")
_NOT_WORDS = re.compile(r"[\W_]+")
SHARE_TEXTS = frozenset({"转发微博", "轉發微博", "转发", "轉發", "repost", "转", "分享图片", "转发此微博"})
_MORE_LETTERS_THAN_A_SHARE_TEXT = re.compile(r"[^\W_]{7}")
_REMEMBERED_CHARACTERS = 24
POST_CHARACTERS = 400
"""A longer text is no micro-blog post, and nobody repeats it: what is said of it is not remembered."""
SIGNATURE_MINIMUM_CHARACTERS = 12
_MOST_MARKS = 30
"""As in the stream-safe text of UAX #15."""
_MANY_MARKS = re.compile(f"[{COMBINING}]{{{_MOST_MARKS + 1}}}")
_TOO_MANY_MARKS = b"\1" * (_MOST_MARKS + 1)
_SALTS = (0x9E3779B9, 0x7F4A7C15, 0x85EBCA6B, 0xC2B2AE35)
_WIDE_MARKS = tuple((mark, unicodedata.normalize("NFKC", mark)) for mark in "，！？：；（）～…")


def clean(text: str) -> str:
    """Take out what nobody sees: control, zero-width and bidirectional characters (tab and newline stay)."""
    return _UNWANTED.sub("", text) if not text.isascii() or not text.isprintable() else text


def replace_mentions(text: str, pseudonym: Callable[[str], str]) -> str:
    """Replace each mentioned name by ``pseudonym(name)``; the ``@`` stays. Names end after 40 characters."""
    if "@" not in text and "＠" not in text:
        return text
    return MENTION.sub(lambda found: found[0].replace(found[1], pseudonym(found[1])), text)


def mentions(text: str) -> list[str]:
    """Names mentioned by the author's own words (not along the repost chain), in order, each once."""
    return list(dict.fromkeys(MENTION.findall(before_chain(text))))


def hashtags(text: str) -> list[str]:
    """Hashtags, folded, in order, each once."""
    if "#" not in text and "＃" not in text:
        return []
    return [tag for tag in dict.fromkeys(fold(tag) for tag in HASHTAG.findall(text)) if tag]


def links(text: str) -> list[str]:
    """Links, in order, each once."""
    return list(dict.fromkeys(LINK.findall(text))) if "://" in text else []


def before_chain(text: str) -> str:
    """A text up to what it passes on: ``//@name``, ``|| @name`` or ``RT @name``."""
    if "//" not in text and "||" not in text and "RT" not in text:
        return text
    return _CHAIN.split(text, maxsplit=1)[0]


def own_words(text: str) -> str:
    """What the author wrote: without repost chain, the head of a reply (``回复@name:``), mentions, links,
    client tails and share-button texts.

    Hashtags and emoticon brackets stay; white space is single. Empty when nothing of the author's is left.
    """
    return _own_words(text) if len(text) <= POST_CHARACTERS else _own_words.__wrapped__(text)


@lru_cache(maxsize=4_096)
def _own_words(text: str) -> str:
    """As ``own_words``: scoring, detection and the index ask for the same text within one batch."""
    own = before_chain(text)
    has_mention = "@" in own or "＠" in own
    if has_mention and (head := _REPLY_HEAD.match(own)):
        own = own[head.end() :]
    if "://" in own:
        own = LINK.sub(" ", own)
    if "(" in own or "（" in own:
        own = _CLIENT_TAIL.sub(" ", own)
    if has_mention:
        own = MENTION.sub(" ", own)
    own = " ".join(own.split())
    if _MORE_LETTERS_THAN_A_SHARE_TEXT.search(own):
        return own
    nothing = _is_nothing(own) if len(own) <= _REMEMBERED_CHARACTERS else letters(own) in SHARE_TEXTS
    return "" if nothing else own


@lru_cache(maxsize=4_096)
def _is_nothing(own: str) -> bool:
    """Whether a short text is a share button's, or what stays of a mention; people repeat these."""
    return letters(own) in SHARE_TEXTS or own in {":", "：", "/", "//"}


def half_width(text: str) -> str:
    """The NFKC form of a text: full-width letters and marks become half-width, among others.

    Most Chinese texts differ from it by these marks alone, of which none goes together with what is beside
    it: replaced first, they spare nearly all texts the slow way.
    """
    if text.isascii():
        return text
    for wide, narrow in _WIDE_MARKS:
        text = text.replace(wide, narrow)
    if len(text) > POST_CHARACTERS:
        text = _with_few_marks(text)
    return unicodedata.normalize("NFKC", text)


def _with_few_marks(text: str) -> str:
    """A text with at most ``_MOST_MARKS`` combining characters in a row.

    Putting them in order takes a time that grows with the square of their number: of 20,000, a second.
    """
    if max(text) <= "\uffff" and not _MANY_MARKS.search(text):
        return text
    marks = bytes(map(bool, map(unicodedata.combining, text)))
    if _TOO_MANY_MARKS not in marks:
        return text
    return "".join(
        [
            one
            for place, one in enumerate(text)
            if place < _MOST_MARKS or not marks.startswith(_TOO_MANY_MARKS, place - _MOST_MARKS)
        ]
    )


def fold(text: str) -> str:
    """One spelling for comparing: NFKC (full-width to half-width), lower case, single spaces."""
    return " ".join(half_width(text).casefold().split())


def letters(text: str) -> str:
    """Only letters and digits, folded: punctuation, emoji and brackets do not tell texts apart."""
    return _NOT_WORDS.sub("", half_width(text).casefold())


def signatures(own: str) -> tuple[str, ...]:
    """Two locality-sensitive keys of a text, or none when it has fewer than 12 letters.

    Each key joins two minima over character trigrams (min-wise sampling, Broder 1997), so texts whose
    trigrams overlap by a Jaccard share of s meet on at least one key with probability
    ``1 - (1 - s**2)**2``: .87 at s = .8, .02 at s = .1.
    """
    row = letters(own)
    if len(row) < SIGNATURE_MINIMUM_CHARACTERS:
        return ()
    grams = [crc32(gram.encode()) for gram in {row[at : at + 3] for at in range(len(row) - 2)}]
    minima = [min(gram ^ salt for gram in grams) for salt in _SALTS]
    return (f"{minima[0]:08x}{minima[1]:08x}", f"{minima[2]:08x}{minima[3]:08x}")


_CJK = (
    "\u1100-\u11ff\u2e80-\u2e99\u2e9b-\u2ef3\u2f00-\u2fd5\u3007\u3021-\u3029\u3038-\u303a\u3041-\u3096\u309d-\u309f"
    "\u30a1-\u30fa\u30fc-\u30ff\u3131-\u318e\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufad9"
    "\U00020000-\U000323af"
)
_NUMBER_SYMBOLS = (
    "\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u215f\u2189\u2460-\u249b\u24ea-\u24ff"
    "\u2776-\u2793\u3192-\u3195\u3220-\u3229\u3248-\u324f\u3251-\u325f\u3280-\u3289\u32b1-\u32bf"
    "\u09f4-\u09f9\u0b72-\u0b77\u0bf0-\u0bf2\u0c78-\u0c7e\u0d58-\u0d5e\u0d70-\u0d78\u0f2a-\u0f33\u1369-\u137c\u17f0-\u17f9\u19da\u2cfd\ua830-\ua835"
)
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0ecf\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\u109a-\u109f\u1780-\u17d3"
    "\u17d7\u17dc-\u17dd\u1950-\u1974\u1980-\u19c9\u19de-\u19df\u1a20-\u1a5e\u1a60-\u1a7c\u1aa0-\u1aad\ua9e0-\ua9ef"
    "\ua9fa-\ua9fe\uaa60-\uaac2\uaadb-\uaadf"
)
"""Scripts of South-East Asia that write words without spaces between them: a stretch counts as one word."""
_LETTER = rf"(?:[^\W\d_{_CJK}{_NUMBER_SYMBOLS}{_UNSPACED}]|[\u24b6-\u24e9])"
_PART = rf"[^\W{_CJK}{_NUMBER_SYMBOLS}{_UNSPACED}]|[\u24b6-\u24e9]"
_WORD = (
    rf"[{_UNSPACED}][{_UNSPACED}{COMBINING}]*"
    rf"|(?:{_PART})(?:{_PART}|[{COMBINING}]"
    rf"|(?:(?<=[^\W\d_{_CJK}{_UNSPACED}])|(?<=[{COMBINING}]))[:·\u0387\u2027.'‘’](?=[{COMBINING}]*{_LETTER})"
    r"|(?<=\d)[,;.'‘’](?=\d))*"
)
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u2388\u23cf\u23e9-\u23f3"
    "\u23f8-\u23fa\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2605\u2607-\u2612\u2614-\u2685\u2690-\u2705"
    "\u2708-\u2712\u2714\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757"
    "\u2763-\u2767\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001f1e5\U0001f201-\U0001f3fa\U0001f400-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]*"
)
_EMOJI = (
    rf"{_PICTURE}(?:\u200d{_PICTURE})*|[\U0001f1e6-\U0001f1ff]{{2}}|[\U0001f3fb-\U0001f3ff]"
    "|[0-9#*]\ufe0f?\u20e3"
)
_STRETCH = re.compile(rf"[{_CJK}]+|{_EMOJI}|{_WORD}")
_FIRST_CJK = re.compile(f"[{_CJK}]").match
_HALF_WIDTH_KANA = re.compile("[\uff65-\uff9f]+")
_WIDE = re.compile("[\uff01-\uff5e]")
_WIDE_FORMS = tuple((wide, narrow) for wide, narrow in _WIDE_MARKS if _WIDE.match(wide))
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_CAPITALS = (("Σ", "σ"), ("İ", "i"))
MAXIMUM_WORD_CHARACTERS = 255


def is_cjk(stretch: str) -> bool:
    """Whether a stretch of ``search_stretches`` is one of CJK characters."""
    return _FIRST_CJK(stretch) is not None


def search_stretches(text: str) -> list[str]:
    """What of a text can be searched, in order: stretches of adjacent CJK characters, and words.

    Cuts as the Unicode word boundaries do (UAX #29, as search engines apply it): ``don't``, ``3.5``,
    ``t.cn`` and ``foo_bar`` are one word, an emoji is one, punctuation is none. Full-width forms and
    capitals are folded. Han, kana and Hangul count as CJK.
    """
    text = _narrow(text)
    if _HALF_WIDTH_KANA.search(text):
        text = _HALF_WIDTH_KANA.sub(lambda kana: unicodedata.normalize("NFKC", kana[0]), text)
    found = _STRETCH.findall(_small(text))
    if "_" in text or len(text) > MAXIMUM_WORD_CHARACTERS:
        return list(_sized(found))
    return found


def _small(text: str) -> str:
    """Small letters, each by itself as search engines make them: a final sigma, too, is one."""
    for capital, small in _CAPITALS:
        if capital in text:
            text = text.replace(capital, small)
    return text.lower()


def _narrow(text: str) -> str:
    """A text with full-width forms of ASCII as ASCII, the usual marks first: mostly there are no others."""
    if text.isascii():
        return text
    for wide, narrow in _WIDE_FORMS:
        text = text.replace(wide, narrow)
    return text.translate(_NARROW) if _WIDE.search(text) else text


def stretch_spans(text: str) -> list[tuple[str, int, int]]:
    """The stretches of a text as ``search_stretches`` cuts them, each with where it stands in the text.

    Characters are folded one by one here, so a text in which folding changes the length (half-width kana
    with sound marks, a few capitals) may be cut a little differently.
    """
    folded = "".join([_folded(character) for character in text])
    spans = [(found[0], *found.span()) for found in _STRETCH.finditer(folded)]
    return [
        span
        for span in spans
        if is_cjk(span[0]) or (span[0].strip("_") and len(span[0]) <= MAXIMUM_WORD_CHARACTERS)
    ]


def _folded(character: str) -> str:
    """One character as it is searched for, never longer or shorter than it is."""
    narrow = character.translate(_NARROW)
    if _HALF_WIDTH_KANA.match(narrow):
        narrow = unicodedata.normalize("NFKC", narrow)
    small = _small(narrow)
    return small if len(small) == 1 else character


def _sized(stretches: list[str]) -> Iterator[str]:
    """Leave out words made of ``_`` alone and cut the longest, as search engines do."""
    for stretch in stretches:
        if is_cjk(stretch) or (len(stretch) <= MAXIMUM_WORD_CHARACTERS and stretch.strip("_")):
            yield stretch
        elif stretch.strip("_"):
            for at in range(0, len(stretch), MAXIMUM_WORD_CHARACTERS):
                yield stretch[at : at + MAXIMUM_WORD_CHARACTERS]
