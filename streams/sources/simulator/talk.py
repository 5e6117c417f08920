"""The ordinary talk of ordinary people: posts, and the reposts and comments below them.

Shares are set so that ordinary reposts look as in the public Weibo cascades used for development: 39%
empty, and 17% of the own texts that are not empty recur within their cascade. Both vary a good deal
between cascades there (empty: from .27 to .54 in the middle half), so each cascade draws its own temper.
"""

import random
from collections import deque

import msgspec

from streams.sources.simulator.clock import share_of_day
from streams.sources.simulator.language import (
    essay,
    headline,
    icon,
    link,
    mood_for,
    pick,
    question,
    remark,
    stock_phrase,
)
from streams.sources.simulator.people import Account, Crowd
from streams.sources.simulator.scene import Draft, Episode, Scene, Stream, awake_delays, cut, mentions

_LIVELY = 25
_DAY = 86_400


class Temper(msgspec.Struct, frozen=True):
    """How one cascade's crowd behaves; all but ``lean`` (see ``mood_for``) are probabilities."""

    lean: float
    empty: float
    stock: float
    quote: float
    comment: float
    regulars: float = 0.2


def draw_temper(rng: random.Random) -> Temper:
    """Draw the temper of a crowd."""
    return Temper(
        lean=rng.uniform(-0.9, 0.9),
        empty=rng.betavariate(4.2, 6.4),
        stock=rng.betavariate(5.4, 8.6),
        quote=rng.random() ** 2 * 0.06,
        comment=rng.betavariate(2.0, 3.5),
        regulars=rng.random() * 0.4,
    )


def respond(
    scene: Scene,
    root: Draft,
    temper: Temper,
    at: int,
    history: deque[Draft],
    episode: Episode | None = None,
) -> Draft:
    """Return what one ordinary reader adds to the cascade of ``root`` at ``at``."""
    rng = scene.rng
    crowd = scene.crowds[root.account.platform]
    account = crowd.regular(root.account) if rng.random() < temper.regulars else crowd.person()
    if rng.random() < temper.comment:
        return _comment(rng, account, root, temper, at, history, episode)
    text = _own_words(rng, crowd, root, temper)
    parent = root
    if history and rng.random() < 0.3:
        parent = history[int(rng.random() * len(history))]
        text = cut(f"{text}//@{parent.account.name}:{parent.text}")
    draft = Draft(
        at, account, text, subject=root.subject, kind="repost", root=root, parent=parent, episode=episode
    )
    if text and (len(history) < 4 or rng.random() < 0.1):
        history.append(draft)
    return draft


def _own_words(rng: random.Random, crowd: Crowd, root: Draft, temper: Temper) -> str:
    if rng.random() < temper.empty:
        return ""
    draw = rng.random()
    if draw < temper.stock:
        return stock_phrase(rng)
    draw -= temper.stock
    if draw < temper.quote:
        return _quote(rng, root.text)
    mood = mood_for(rng, temper.lean)
    if draw < temper.quote + 0.05:
        return icon(rng, mood) * (1 + int(rng.random() * 5))
    text = remark(rng, root.subject, mood)
    if rng.random() < 0.12:
        text += " " + mentions(rng, crowd, 1 + int(rng.random() ** 2 * 4))
    return text


def _quote(rng: random.Random, text: str) -> str:
    sentences = [part for part in text.replace("。", "，").split("，") if len(part) > 3]
    return pick(rng, sentences) if sentences else text


def _comment(
    rng: random.Random,
    account: Account,
    root: Draft,
    temper: Temper,
    at: int,
    history: deque[Draft],
    episode: Episode | None,
) -> Draft:
    parent = root
    text = stock_phrase(rng) if rng.random() < temper.stock * 0.6 else ""
    if not text:
        text = remark(rng, root.subject, mood_for(rng, temper.lean))
    if history and rng.random() < 0.15:
        parent = history[int(rng.random() * len(history))]
        text = f"回复@{parent.account.name}:{text}"
    return Draft(
        at, account, text, subject=root.subject, kind="comment", root=root, parent=parent, episode=episode
    )


def cascade(scene: Scene, root: Draft, moments: list[int], temper: Temper) -> Stream:
    """Yield the ordinary records below a post that has been written."""
    history: deque[Draft] = deque(maxlen=12)
    for at in moments:
        yield respond(scene, root, temper, at, history)


def public_answers(scene: Scene, root: Draft, moments: list[int], temper: Temper) -> Stream:
    """Yield the public's answers to an official post: many questions, some answered by the office later."""
    rng = scene.rng
    crowd = scene.crowds[root.account.platform]
    history: deque[Draft] = deque(maxlen=12)
    diligence = rng.random()
    for at in moments:
        if rng.random() < 0.6:
            yield respond(scene, root, temper, at, history)
            continue
        asked = Draft(
            at,
            crowd.person(),
            question(rng, root.subject),
            subject=root.subject,
            kind="comment",
            root=root,
        )
        yield asked
        if rng.random() < diligence * 0.6:
            wait = int(600 * rng.lognormvariate(1.5, 1.0))
            scene.begin(at + wait, _reply(scene, root, asked, at + wait))


def _reply(scene: Scene, root: Draft, asked: Draft, at: int) -> Stream:
    rng = scene.rng
    words = f"回复@{asked.account.name}:{pick(rng, root.subject.replies)}"
    yield Draft(at, root.account, words, subject=root.subject, kind="comment", root=root, parent=asked)


class Background:
    """The stream of ordinary posts, each with its cascade.

    ``records_per_day`` counts everything in the world; the background fills up what events and campaigns
    leave, steering the rate of new posts by ``written()``, the number of records so far.
    """

    _RECORDS_PER_POST = 4.0

    def __init__(self, scene: Scene, records_per_day: int) -> None:
        self._scene = scene
        self._per_day = records_per_day
        self.written = 0

    def stream(self, start: int, end: int) -> Stream:
        """Yield posts from ``start`` to ``end`` (epoch seconds), minute by minute."""
        rng = self._scene.rng
        due = 0.0
        for minute in range(start, end, 60):
            share = share_of_day(minute) * 60
            slack = self._per_day / 60
            gain = min(max(((due + slack) / (self.written + slack)) ** 2, 0.2), 4.0)
            due += self._per_day * share
            expected = self._per_day * share / self._RECORDS_PER_POST * gain
            for at in sorted(minute + int(rng.random() * 60) for _ in range(_poisson(rng, expected))):
                post, size = self._post(at)
                yield post
                if size:
                    self._answer(post, size)
            yield minute + 60

    def _post(self, at: int) -> tuple[Draft, int]:
        """Return a post and how many will answer: few mostly, by a Pareto law with a heavy tail."""
        scene, rng = self._scene, self._scene.rng
        platform, subject = scene.platform(), scene.subject()
        crowd = scene.crowds[platform]
        draw = rng.random()
        cap = max(self._per_day / 80, 100)
        if draw < 0.008:
            writer, text = (
                rng.choice(crowd.officials),
                f"【{headline(rng, subject)}】{essay(rng, subject, 'neutral')}",
            )
            least = 8.0
        elif draw < 0.02:
            writer, text = rng.choice(crowd.media), f"【{headline(rng, subject)}】{link(rng)}"
            least = 12.0
        elif draw < 0.028:
            writer = rng.choice(crowd.stars)
            text = essay(rng, subject, mood_for(rng, 0.5))
            least = 18.0
        else:
            writer, text = crowd.person(), essay(rng, subject, mood_for(rng, rng.uniform(-0.8, 0.8)))
            least = 1.0 if rng.random() < 0.15 else 0.0
        size = int(min(least * (1 - rng.random()) ** (-1 / 1.1), cap * (0.5 + rng.random()))) if least else 0
        return Draft(at, writer, cut(text), subject=subject), size

    def _answer(self, post: Draft, size: int) -> None:
        scene, rng = self._scene, self._scene.rng
        median = 3_600 * rng.lognormvariate(0.0, 0.7)
        moments = awake_delays(rng, post.at, size, median, 2 * _DAY)
        temper = draw_temper(rng)
        official = post.account in scene.crowds[post.account.platform].officials
        stream = (public_answers if official else cascade)(scene, post, moments, temper)
        scene.begin(moments[0], stream)
        if size >= _LIVELY:
            scene.recent[post.account.platform].append(post)


def _poisson(rng: random.Random, mean: float) -> int:
    """Draw a Poisson number (Knuth's product for small means, the normal approximation above 30)."""
    if mean > 30:
        return max(0, round(rng.gauss(mean, mean**0.5)))
    count, left = 0, rng.expovariate(1.0)
    while left < mean:
        count += 1
        left += rng.expovariate(1.0)
    return count
