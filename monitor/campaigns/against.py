"""What speaks against a campaign: what ordinary people do alike, without being told to.

Each counter-signal is a value in [0, 1] over the records a finding rests on and the root they hang on;
it can only lower a score.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from monitor.campaigns.lexicon import Lexicon, mentions_any
from monitor.campaigns.signals.finding import Finding
from monitor.campaigns.window import Group, ObjectWindow, Seen
from monitor.campaigns.words import fold, read

_FIRST_WAVE_MS = 1_200_000
_LARGE_ACCOUNT = 500_000
_TAG_ONLY_SIZE = 6
_SHORT_ANSWER_SIZE = 16
_BESIDE_GREETING_SIZE = 6
"""Room for a name or two words: what says more than its greeting is no greeting."""
_BUTTON_ACCOUNTS, _BUTTON_TELLS = 3, 4.0
_DRESSED, _SLOW_MS = 0.1, 900_000
_VOICES_FEW, _VOICES_MANY = 0.1, 0.35
_LATELY, _KNOWN_BEFORE = 60, 20
_SUNG_MS = 120_000
_ASKED_FAST_MS, _ASKED_SLOW_MS, _ASKED_MOSTLY = 600_000, 1_800_000, 0.6


def measure(window: ObjectWindow, members: list[Seen], lexicon: Lexicon) -> list[Finding]:
    """The counter-signals that apply, each above zero."""
    worded = [seen for seen in members if seen.group >= 0]
    root = fold(window.root_own)
    found = [
        ("share_button", _written_by_a_button(members)),
        ("quoting_root", _mean([_group(window, seen).quoted for seen in worded])),
        ("slogan_or_lyrics", _varied(worded)),
        ("contest", _contest(window, worded, root, lexicon)),
        ("fans_with_a_hashtag", _fans(window, worded)),
        ("greeting", _greets(window, worded, lexicon)),
        ("first_wave", _first_wave(window, members)),
        ("call_to_repost", 1.0 if mentions_any(root, lexicon.call) else 0.0),
        ("breaking_news", _many_voices(window, members)),
        ("crowd_under_hashtag", _crowd_under_hashtag(window, members)),
        ("same_question", _asked_alike(window, worded, lexicon)),
    ]
    return [
        Finding(name, round(value, 4), members[0].at, figures=(round(100 * value),))
        for name, value in found
        if value > 0.02
    ]


def _group(window: ObjectWindow, seen: Seen) -> Group:
    return window.groups[seen.group]


def _share(holds: Iterable[bool]) -> float:
    flags = list(holds)
    return sum(flags) / len(flags) if flags else 0.0


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _written_by_a_button(members: list[Seen]) -> float:
    """How surely a client wrote the text: people cut its tail off, so a quarter of the copies tells."""
    share = _share(seen.button for seen in members)
    several = len({seen.author for seen in members if seen.button}) >= _BUTTON_ACCOUNTS
    return min(1.0, _BUTTON_TELLS * share) if several else share


def _varied(worded: list[Seen]) -> float:
    """People write a slogan each in their own way; 0 where all copies are equal to the letter."""
    spare = len(worded) - 1
    keys, forms = {one.key for one in worded}, {one.form for one in worded}
    return (len(forms) - len(keys)) / spare if spare > 3 else 0.0


def _contest(window: ObjectWindow, worded: list[Seen], root: str, lexicon: Lexicon) -> float:
    """A root that asks, answered in few words."""
    if not worded or not mentions_any(root, lexicon.contest):
        return 0.0
    return _share(_group(window, seen).size <= _SHORT_ANSWER_SIZE for seen in worded)


def _fans(window: ObjectWindow, worded: list[Seen]) -> float:
    """Hardly more than a hashtag; or a hashtag with lines that everyone dresses in their own way.

    Dressing counts where the records came slowly: fans drop in, a hired burst comes at once. Where equal
    texts meet it counts as far as they have their hashtags in common, as fans do.
    """
    hardly_more = _share(_is_tag(window, seen) for seen in worded)
    if not worded or worded[-1].at - worded[0].at < _SLOW_MS:
        return hardly_more
    tagged = _share("#" in fold(_group(window, seen).own) for seen in worded)
    if window.is_text:
        tags = Counter(seen.cascade for seen in worded if seen.cascade.startswith("#"))
        tagged *= _share(tags[tag] > 1 for tag in tags.elements()) if tags else 1.0
    dressed = min(1.0, max(0.0, (_varied(worded) - _DRESSED) / _DRESSED))
    return max(hardly_more, tagged * dressed)


def _is_tag(window: ObjectWindow, seen: Seen) -> bool:
    group = _group(window, seen)
    return ("#" in group.own or "＃" in group.own) and group.size <= _TAG_ONLY_SIZE


def _greets(window: ObjectWindow, worded: list[Seen], lexicon: Lexicon) -> float:
    """Texts that are a greeting of the day or season and hardly more."""
    names = {seen.group for seen in worded}
    greeting = {name for name in names if _is_greeting(window.groups[name], lexicon.greeting)}
    return _share(seen.group in greeting for seen in worded)


def _is_greeting(group: Group, greetings: tuple[str, ...]) -> bool:
    own = fold(group.own)
    said = [read(word).size for word in greetings if word in own]
    return bool(said) and group.size - max(said) <= _BESIDE_GREETING_SIZE


def _saying(window: ObjectWindow, worded: list[Seen], words: tuple[str, ...]) -> frozenset[int]:
    """The groups of these records whose text has one of the words."""
    names = {seen.group for seen in worded}
    return frozenset(name for name in names if mentions_any(fold(window.groups[name].own), words))


def _first_wave(window: ObjectWindow, members: list[Seen]) -> float:
    """The first minutes of a large account's post."""
    late = members[0].at - window.root_at
    if not window.root_at or late > _FIRST_WAVE_MS:
        return 0.0
    return (1.0 - max(0, late) / _FIRST_WAVE_MS) * min(1.0, window.root_followers / _LARGE_ACCOUNT)


def _many_voices(window: ObjectWindow, members: list[Seen]) -> float:
    """The share of other people, each with words of their own, while the members acted."""
    start, end = members[0].at, members[-1].at
    within = [seen for seen in window.ring if start <= seen.at <= end]
    said = Counter(seen.group for seen in within if seen.group >= 0)
    return sum(count == 1 for count in said.values()) / len(within) if len(within) > 20 else 0.0


def _crowd_under_hashtag(window: ObjectWindow, members: list[Seen]) -> float:
    """Repeated lines that come and go with many other voices under one hashtag, as at a broadcast.

    Who sings along, cheers or recites under a hashtag is part of a crowd of which many say something of
    their own, from the first record to the last. An army either has a hashtag to itself, or adds its lines
    to a talk that had none, or that had others: then what the hashtag was like before takes the value back.
    """
    if not window.object.startswith("#"):
        return 0.0
    start, end = members[0].at, members[-1].at
    lines = {name for name, group in window.groups.items() if len(group.seen) > 2 and group.rarity > 0.5}
    within = [seen.group in lines for seen in window.ring if start <= seen.at <= end]
    before = [seen.group in lines for seen in window.ring if seen.at < start]
    now = _share(within)
    known = _is_known(len(before) - sum(before))
    lately = _share(seen.group in lines for seen in window.ring[-_LATELY:])
    voices = 1.0 - min(now, lately)
    value = min(1.0, max(0.0, (voices - _VOICES_FEW) / (_VOICES_MANY - _VOICES_FEW)))
    joined_in = max(0.0, 1.0 - 3.0 * _share(before) / now) if now else 0.0
    return value * (1.0 - max(known * joined_in, _broke_in(window, members, lines)))


def _broke_in(window: ObjectWindow, members: list[Seen], lines: set[int]) -> float:
    """The share of records whose line came to a hashtag that many spoke under already, and stayed.

    A crowd's refrains are there from its first minutes, and what is sung at a moment is over with it; a line
    that starts late and goes on for minutes was brought in, also where others were before.
    """
    voices = 1.0 - _share(seen.group in lines for seen in window.ring)
    brought = {}
    for name in {seen.group for seen in members if seen.group >= 0}:
        group = window.groups[name]
        stayed = (group.seen[-1].at - group.seen[0].at - _SUNG_MS) / _SUNG_MS
        brought[name] = _is_known(group.born * voices) * min(1.0, max(0.0, stayed))
    return _mean([brought.get(seen.group, 0.0) for seen in members])


def _is_known(voices: float) -> float:
    """How well a hashtag's talk is known after so many people spoke for themselves."""
    return min(1.0, max(0.0, voices / _KNOWN_BEFORE - 1.0))


def _asked_alike(window: ObjectWindow, worded: list[Seen], lexicon: Lexicon) -> float:
    """Readers who put the same questions to whom it concerns, each in a few words or in words of their own.

    One question by all at once is no such thing: who is told to ask does so, and with one text.
    """
    if not worded or not window.is_cascade:
        return 0.0
    copies = Counter(seen.key for seen in worded)
    asking = _saying(window, worded, lexicon.question)
    asked = _share(
        seen.group in asking and (copies[seen.key] == 1 or _group(window, seen).size <= _SHORT_ANSWER_SIZE)
        for seen in worded
    )
    slow = (worded[-1].at - worded[0].at - _ASKED_FAST_MS) / (_ASKED_SLOW_MS - _ASKED_FAST_MS)
    various = 2.0 - 2.0 * max(copies.values()) / len(worded)
    return min(1.0, asked / _ASKED_MOSTLY) * min(1.0, max(0.0, slow, various))
