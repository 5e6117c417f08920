"""What people are told, whatever the channel: notices, and the message that carries some of them.

Plain values and words; how a channel writes a message is the channel's business (``monitor.relay.channels``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from monitor.alerts.port import Alert, AlertState
from monitor.campaigns.port import LEVELS, Level
from monitor.language import Catalogue, Language, catalogue, message

NoticeKind = Literal["opinion", "operations", "alive", "test"]
NoticeState = AlertState | Literal["firing"]
_SHOWN_AT_MOST = 40
_LONGEST_TITLE = 60


class Notice(msgspec.Struct, frozen=True, gc=False):
    """One thing to tell. ``key`` (alert id and level) is the same when it is told again.

    ``about`` is what notices of one message share: the watchlist, or what is wrong. ``at`` is event time in
    milliseconds (0: unknown). ``heat`` is how many events it stands for; ``repeated`` says that it may have
    been told before. Sentences are clean (``cleaned``). So many ``campaigns`` about the same thing went on
    when it was written, the gravest at ``campaign_level``.
    """

    key: str
    kind: NoticeKind
    about: str
    title_zh: str
    title_en: str
    state: NoticeState
    zh: str
    en: str
    rule: str = ""
    level: Level | None = None
    at: int = 0
    link: str = ""
    heat: int = 1
    repeated: bool = False
    campaigns: int = 0
    campaign_level: Level | None = None
    incident: str = ""


class Message(msgspec.Struct, frozen=True, gc=False):
    """What a channel writes: a title, sentences (the gravest first), how much is left out, and a link.

    ``level`` is that of the gravest notice that goes on; None when all is over. ``heat`` counts events.
    ``keys`` are those of all notices: who gets a key again has got a repeat.
    """

    title: str
    items: tuple[str, ...]
    language: Language
    level: Level | None = None
    hidden: int = 0
    heat: int = 1
    link: str = ""
    keys: tuple[str, ...] = ()

    @property
    def more(self) -> str:
        """The sentence about what is left out; empty when nothing is."""
        if not self.hidden:
            return ""
        return catalogue(self.language).text("And {count} more, in the console.", count=self.hidden)

    @property
    def link_text(self) -> str:
        """What stands on the link."""
        return catalogue(self.language).text("notice: See the evidence")


def told(alert: Alert, title: tuple[str, str], link: str, heat: int = 1) -> Notice:
    """The notice of an alert event; ``title`` is that of its watchlist, Chinese and English."""
    zh, en = title
    return Notice(
        key=f"{alert.id}:{alert.level}",
        kind="opinion",
        about=alert.watchlist,
        title_zh=zh,
        title_en=en,
        state=alert.state,
        zh=cleaned(alert.sentence_zh, "zh"),
        en=cleaned(alert.sentence_en, "en"),
        rule=alert.rule,
        level=alert.level,
        at=alert.at,
        link=link,
        heat=heat,
        incident=alert.incident,
    )


def composed(notices: Sequence[Notice], language: Language) -> Message:
    """One message for notices about the same thing: what goes on before what is over, the gravest first.

    Of an incident only the newest is said: what waited for a channel to come back may be over by now.
    """
    ordered = sorted(
        _newest(notices), key=lambda one: (one.state == "resolved", -_gravity(one), -one.at, one.key)
    )
    first, words = ordered[0], catalogue(language)
    going_on = [one.level for one in ordered if one.state != "resolved" and one.level is not None]
    shown = [*_said_once(ordered[:_SHOWN_AT_MOST])]
    heat = sum(one.heat for one in ordered)
    return Message(
        title=_title(first, len(ordered), heat, words),
        items=tuple(_item(one, words) for one in shown),
        language=language,
        level=max(going_on, key=LEVELS.index) if going_on else None,
        hidden=len(ordered) - len(shown),
        heat=heat,
        link=first.link,
        keys=tuple(one.key for one in notices),
    )


def _newest(notices: Iterable[Notice]) -> Iterable[Notice]:
    """Of each incident the newest notice, with what all of them count."""
    newest: dict[str, Notice] = {}
    for one in notices:
        name = one.incident or one.key
        known = newest.get(name)
        if known is None:
            newest[name] = one
        else:
            later = one if one.at >= known.at else known
            newest[name] = msgspec.structs.replace(later, heat=known.heat + one.heat)
    return newest.values()


def _said_once(notices: Iterable[Notice]) -> Iterator[Notice]:
    """The same notices; only the first with campaigns about the subject says so."""
    said = False
    for one in notices:
        yield msgspec.structs.replace(one, campaigns=0) if said else one
        said = said or bool(one.campaigns)


def fitted(whole: Message, render: Callable[[Message], bytes], limit_bytes: int) -> bytes:
    """What ``render`` makes of as much of a message as it can within so many bytes.

    Notices are left out from the end (and counted), then the first is cut after a sentence.

    Raises:
        ValueError: not even the title fits: the limit is no channel's.
    """
    part = whole
    while len(raw := render(part)) > limit_bytes:
        if len(part.items) > 1:
            part = msgspec.structs.replace(part, items=part.items[:-1], hidden=part.hidden + 1)
        elif any(part.items):
            part = msgspec.structs.replace(part, items=(shortened(part.items[0]),))
        else:
            raise ValueError(f"a message of {len(raw)} bytes cannot be cut to {limit_bytes}")
    return raw


_SENTENCE_ENDS = re.compile(r"(?<=[。！？；])|(?<=[.!?;])\s+")


def shortened(text: str) -> str:
    """A text without its last sentences (a tenth of them); one alone loses its last fifth, to nothing."""
    kept = text.removesuffix("…").rstrip()
    sentences = [part for part in _SENTENCE_ENDS.split(kept) if part]
    if len(sentences) > 1:
        separator = "" if re.search(r"[。！？；]$", sentences[0]) else " "
        return separator.join(sentences[: -max(1, len(sentences) // 10)]) + "…"
    shorter = kept[: len(kept) * 4 // 5].rstrip("…")
    return shorter and shorter + "…"


_OBJECT = re.compile(
    r"(?P<link>(?:link:|https?://|www\.)[^\s，。；、！？）]+"
    r"|(?<![A-Za-z0-9_.\-])(?i:(?:[a-z0-9\-]+\.)+"
    r"(?:[a-z]{2,}(?=[/:?])|(?:com|cn|net|org|gov|edu|info|top|xyz|cc|vip|shop|io|me|tv|app|site|link)(?![a-z0-9])))"
    r"(?:[/:?][^\s，。；、！？）]*)?)"
    r"|(?P<account>account:[^\s，。；、！？）]+|(?<![A-Za-z0-9_])[un][0-9a-f]{20}(?![A-Za-z0-9_]))"
    r"|(?P<text>(?<![A-Za-z0-9_])text:[^\s，。；、！？）]+)"
    r"|(?P<post>(?<![A-Za-z0-9_])[a-z][a-z0-9_]{1,39}:[^\s，。；、！？）]+)"
)
_INSTEAD = {
    "link": message("notice: a link"),
    "account": message("notice: an account"),
    "text": message("notice: a text"),
    "post": message("notice: a post"),
}
_MARKUP = str.maketrans(
    {"<": "＜", ">": "＞", "[": "［", "]": "］", "*": "＊", "`": "＇", "\r": " ", "\n": " "}
)


def cleaned(sentence: str, language: Language) -> str:
    """A sentence that may leave the house: no address, account, text or post in it, and no markup.

    Objects are named by their kind only; hashtags stay. A hashtag is written by anyone, so what channels
    read as markup (links, mentions) is written in full width.
    """
    words = catalogue(language)
    return _OBJECT.sub(lambda found: words.text(_INSTEAD[str(found.lastgroup)]), sentence).translate(_MARKUP)


def plain(sentence: str) -> str:
    """A sentence of our own about the pipeline, with its names and addresses, and without markup."""
    return sentence.translate(_MARKUP)


def without_words(notice: Notice) -> Notice:
    """A notice for a channel that does not want what it says: that there is one, and where it stands."""
    key = message("The channel did not take the text of this notice; it stands in the console.")
    zh, en = catalogue("zh").text(key), catalogue("en").text(key)
    return msgspec.structs.replace(notice, zh=zh, en=en)


def _gravity(notice: Notice) -> int:
    return -1 if notice.level is None else LEVELS.index(notice.level)


def _title(first: Notice, count: int, heat: int, words: Catalogue) -> str:
    name = words.of(first.title_en, first.title_zh)[:_LONGEST_TITLE]
    if first.kind in {"alive", "test"}:
        return name
    mark = words.text(_mark(first))
    if count > 1 and heat > count:
        return words.text(
            "[{mark}] {name}: {count} alerts, {heat} changes", mark=mark, name=name, count=count, heat=heat
        )
    if count > 1:
        return words.text("[{mark}] {name}: {count} alerts", mark=mark, name=name, count=count)
    if first.kind == "operations":
        return words.text("[{mark}] {name}", mark=mark, name=name)
    return words.text(
        "[{mark}] {name}: {rule} {state}",
        mark=mark,
        name=name,
        rule=words.text(RULE_WORDS.get(first.rule, _OTHER_RULE)),
        state=words.text(STATE_WORDS[first.state]),
    )


def _mark(notice: Notice) -> str:
    if notice.state == "resolved":
        return message("notice: over")
    return message("notice: operations") if notice.level is None else LEVEL_WORDS[notice.level]


def _item(notice: Notice, words: Catalogue) -> str:
    parts = [words.of(notice.en, notice.zh)]
    if notice.campaigns and notice.campaign_level:
        parts.append(_beside(notice.campaigns, words.text(LEVEL_WORDS[notice.campaign_level]), words))
    if notice.heat > 1:
        parts.append(words.text("{count} events since the last message.", count=notice.heat))
    if notice.repeated:
        parts.append(words.text("This may be a repeat: the last sending could not be confirmed."))
    return ("" if words.language == "zh" else " ").join(parts)


def _beside(campaigns: int, level: str, words: Catalogue) -> str:
    if campaigns == 1:
        return words.text("Meanwhile a suspected campaign about it goes on ({level}).", level=level)
    return words.text(
        "Meanwhile {count} suspected campaigns about it go on (the gravest {level}).",
        count=campaigns,
        level=level,
    )


LEVEL_WORDS: dict[Level, str] = {
    "blue": message("blue, IV"),
    "yellow": message("yellow, III"),
    "orange": message("orange, II"),
    "red": message("red, I"),
}
STATE_WORDS: dict[NoticeState, str] = {
    "opened": message("notice: opened"),
    "escalated": message("notice: escalated"),
    "de-escalated": message("notice: eased"),
    "resolved": message("notice: ended"),
    "firing": message("notice: goes on"),
}
RULE_WORDS = {
    "surge": message("surge of talk"),
    "negative_turn": message("negative turn"),
    "anger_turn": message("turn to anger"),
    "source_silent": message("source silent"),
    "campaign": message("suspected campaign"),
}
_OTHER_RULE = message("notice: alert")
OPERATIONS_WORDS = {
    "RoleDown": message("notice: role does not answer"),
    "RoleRestarting": message("notice: role restarts again and again"),
    "PipelineBehind": message("notice: pipeline behind"),
    "PipelineStuck": message("notice: pipeline stuck"),
    "DeadLettersRising": message("notice: dead letters rising"),
    "InputUnreadable": message("notice: input unreadable"),
    "EngineAway": message("notice: engine away"),
    "SourcesSilent": message("notice: sources silent"),
    "RelayBehind": message("notice: notices are held up"),
}
"""What the operational rules of Prometheus are called."""
