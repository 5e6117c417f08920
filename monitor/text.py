"""What a post's text is made of: own words, hashtags, links, mentions, and signatures of near-equal texts.

Everything here is a pure function of the text. Patterns follow how Sina and Tencent Weibo write:
``own words//@someone:what they wrote//@another:…``, ``#hashtag#``, ``@name``, short links, and the
tails that clients add ("(分享自 @…)").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import pairwise
from zlib import crc32

MENTION = re.compile(r"[@＠]([\w\-·]{1,40})")
LINK = re.compile(r"https?://[A-Za-z0-9./?=&_%~+:;,!\-]+", re.IGNORECASE)
HASHTAG = re.compile(r"[#＃]([^#＃\n]{1,60})[#＃]")
_CLIENT_TAIL = re.compile(r"[（(]\s*(?:分享自|来自|via)[^）)]{0,60}[）)]")
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_SPACES = re.compile(r"\s+")
_NOT_WORDS = re.compile(r"[\W_]+")
SHARE_TEXTS = frozenset({"转发微博", "轉發微博", "转发", "轉發", "repost", "转", "分享图片", "转发此微博"})
SIGNATURE_MINIMUM_CHARACTERS = 12
_SALTS = (0x9E3779B9, 0x7F4A7C15, 0x85EBCA6B, 0xC2B2AE35)


def clean(text: str) -> str:
    """Take out what nobody sees: control, zero-width and bidirectional characters (tab and newline stay)."""
    return _UNWANTED.sub("", text) if not text.isprintable() else text


def replace_mentions(text: str, pseudonym: Callable[[str], str]) -> str:
    """Replace each mentioned name by ``pseudonym(name)``; the ``@`` stays."""
    if "@" not in text and "＠" not in text:
        return text
    return MENTION.sub(lambda found: "@" + pseudonym(found[1]), text)


def mentions(text: str) -> list[str]:
    """Names mentioned by the author's own words (not along the repost chain), in order, each once."""
    return list(dict.fromkeys(MENTION.findall(_before_chain(text))))


def hashtags(text: str) -> list[str]:
    """Hashtags, folded, in order, each once."""
    if "#" not in text and "＃" not in text:
        return []
    return [tag for tag in dict.fromkeys(fold(tag) for tag in HASHTAG.findall(text)) if tag]


def links(text: str) -> list[str]:
    """Links, in order, each once."""
    return list(dict.fromkeys(LINK.findall(text))) if "://" in text else []


def _before_chain(text: str) -> str:
    cut = text.find("//@")
    if cut < 0:
        cut = text.find("// @")
    return text if cut < 0 else text[:cut]


def own_words(text: str) -> str:
    """What the author wrote: without repost chain, mentions, links, client tails and share-button texts.

    Hashtags and emoticon brackets stay; white space is single. Empty when nothing of the author's is left.
    """
    own = _before_chain(text)
    if "://" in own:
        own = LINK.sub(" ", own)
    if "(" in own or "（" in own:
        own = _CLIENT_TAIL.sub(" ", own)
    if "@" in own or "＠" in own:
        own = MENTION.sub(" ", own)
    own = _SPACES.sub(" ", own).strip()
    return "" if _letters(own) in SHARE_TEXTS or own in {":", "：", "/", "//"} else own


def fold(text: str) -> str:
    """One spelling for comparing: NFKC (full-width to half-width), lower case, single spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _letters(text: str) -> str:
    """Only letters and digits, folded: punctuation, emoji and brackets do not tell texts apart."""
    return _NOT_WORDS.sub("", unicodedata.normalize("NFKC", text).casefold())


def signatures(own: str) -> tuple[str, ...]:
    """Two locality-sensitive keys of a text, or none when it has fewer than 12 letters.

    Each key joins two minima over character trigrams (min-wise sampling, Broder 1997), so texts whose
    trigrams overlap by a Jaccard share of s meet on at least one key with probability
    ``1 - (1 - s**2)**2``: .87 at s = .8, .02 at s = .1.
    """
    letters = _letters(own)
    if len(letters) < SIGNATURE_MINIMUM_CHARACTERS:
        return ()
    grams = [crc32(gram.encode()) for gram in {letters[at : at + 3] for at in range(len(letters) - 2)}]
    minima = [min(gram ^ salt for gram in grams) for salt in _SALTS]
    return (f"{minima[0]:08x}{minima[1]:08x}", f"{minima[2]:08x}{minima[3]:08x}")


def _is_cjk(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or character >= "\U00020000"


_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|[^\W_]+")


def search_terms(text: str, *, unigrams: bool) -> Iterator[str]:
    """Terms of a text for search: CJK bigrams (and single characters if asked), other words whole.

    A lone CJK character is always its own term. The same analysis as a standard tokenizer followed by
    CJK width, lower case and CJK bigram filters.
    """
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if not _is_cjk(run[0]):
            yield run
            continue
        if unigrams or len(run) == 1:
            yield from run
        for first, second in pairwise(run):
            yield first + second
