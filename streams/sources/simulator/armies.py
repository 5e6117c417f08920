"""The water army: three kinds of campaign, mixed with real people's records on the same targets.

Parameters (accounts, span, variation, shape, words) are drawn wide and independently of whether the words
praise or complain. Real people's records beside a campaign carry no episode.
"""

import random
from collections import deque
from collections.abc import Callable

from streams.sources.simulator.language import (
    CITIES,
    essay,
    icon,
    link,
    mood_for,
    opinion,
    pick,
    reaction,
    remark,
    stock_phrase,
    story,
)
from streams.sources.simulator.people import Account, Platform
from streams.sources.simulator.scene import (
    ArmyKind,
    Draft,
    Episode,
    Kind,
    Scene,
    Stream,
    cut,
    mentions,
    spread,
)
from streams.sources.simulator.subjects import Subject
from streams.sources.simulator.talk import draw_temper, respond


class Battlefield:
    """Where a campaign works: below a post, under a hashtag, or in original posts with nothing in common."""

    def __init__(self, platform: Platform, subject: Subject, root: Draft | None, tag: str | None) -> None:
        self.platform: Platform = platform
        self.subject = subject
        self.root = root
        self.tag = tag


def _log_uniform(rng: random.Random, low: float, high: float) -> float:
    return low * float((high / low) ** rng.random())


def _moments(rng: random.Random, at: int, count: int, span: float) -> list[int]:
    """Return when a script writes: evenly with a jitter, front-loaded, at random, or in shifts."""
    shape = int(rng.random() * 4)
    if shape == 0:
        gap = span / count
        return sorted(at + int(gap * number + gap * 0.3 * rng.random()) for number in range(count))
    if shape == 1:
        return spread(rng, at, count, span, front=2.0)
    if shape == 2:
        return spread(rng, at, count, span)
    shifts = rng.randint(2, 4)
    return sorted(
        at + int(span * (int(rng.random() * shifts) + rng.random() * 0.4) / shifts) for _ in range(count)
    )


def _field(scene: Scene, at: int, *, original_ratio: float) -> Battlefield:
    """Choose where to work; below a live post where there is one."""
    rng = scene.rng
    platform = scene.platform()
    if rng.random() < original_ratio:
        subject = scene.subject()
        tag = f"#{pick(rng, CITIES)}{pick(rng, subject.hashtags)}{int(rng.random() * 100)}#"
        return Battlefield(platform, subject, None, tag if rng.random() < 0.7 else None)
    root = scene.live_root(platform, at)
    if root is None:
        crowd = scene.crowds[platform]
        subject = scene.subject()
        writer = rng.choice(crowd.brands + crowd.media)
        root = Draft(at, writer, cut(essay(rng, subject, "neutral")), subject=subject)
    return Battlefield(platform, root.subject, root, None)


def _bystanders(scene: Scene, field: Battlefield, at: int, span: float, count: int) -> Stream:
    """Yield real people on the same target, some while the campaign runs and some around it."""
    rng = scene.rng
    crowd = scene.crowds[field.platform]
    temper = draw_temper(rng)
    history: deque[Draft] = deque(maxlen=12)
    for moment in spread(rng, at, count, span * 1.5):
        if field.root is not None:
            yield respond(scene, field.root, temper, moment, history)
        else:
            words = essay(rng, field.subject, mood_for(rng, temper.lean))
            text = cut((field.tag or "") + words)
            yield Draft(moment, crowd.person(), text, subject=field.subject)


def _march(
    scene: Scene,
    field: Battlefield,
    moments: list[int],
    accounts: list[Account],
    episode: Episode,
    write: Callable[[], str],
    kind: Kind,
) -> Stream:
    """Yield the campaign's records; every account writes once before any writes again."""
    for number, at in enumerate(moments):
        account = accounts[number % len(accounts)]
        text = write()
        if field.root is not None:
            yield Draft(
                at,
                account,
                cut(text),
                subject=field.subject,
                kind=kind,
                root=field.root,
                episode=episode,
            )
        else:
            yield Draft(
                at,
                account,
                cut((field.tag or "") + text),
                subject=field.subject,
                episode=episode,
                target=field.tag or "",
            )


def _open(scene: Scene, field: Battlefield, at: int, span: float, campaign_size: int) -> Stream:
    """Write the target if it is the campaign's own, and let real people in."""
    if field.root is not None and not field.root.id:
        yield field.root
    around = int(campaign_size * scene.rng.random() * 0.8)
    scene.begin(at + 1, _bystanders(scene, field, at + 1, span, around))


def script(rng: random.Random, subject: Subject) -> str:
    """Return a sentence written to order, at least twelve characters long."""
    mood = mood_for(rng, rng.uniform(-1.0, 1.0))
    text = opinion(rng, subject, mood)
    while len(text) < 12 or rng.random() < 0.4:
        text += "，" + (story(rng, subject) if rng.random() < 0.4 else reaction(rng, mood))
    return text + (icon(rng, mood) if rng.random() < 0.4 else "")


def varied(scene: Scene, text: str, platform: Platform, subject: Subject) -> str:
    """Return ``text`` changed as a poster changes it: an icon, a clause, a mention, a mark."""
    rng = scene.rng
    change = int(rng.random() * 5)
    if change == 0:
        return text + icon(rng, mood_for(rng, 0.0))
    if change == 1:
        return f"{text} {mentions(rng, scene.crowds[platform], rng.randint(1, 3))}"
    if change == 2:
        return text.replace("，", pick(rng, ("！", " ", "。", "…"))) + pick(
            rng, ("！", "。", "~", "呀", "啊")
        )
    if change == 3:
        return f"{reaction(rng, mood_for(rng, 0.0))}，{text}"
    clauses = text.split("，")
    clauses[int(rng.random() * len(clauses))] = reaction(rng, mood_for(rng, 0.0))
    return "，".join(clauses)


def copy_paste(scene: Scene, at: int) -> Stream:
    """20 to 120 accounts write one text, or nearly, within minutes; a fifth go on to a second target."""
    rng = scene.rng
    count = int(_log_uniform(rng, 20, 121))
    span = _log_uniform(rng, 60, 1_200)
    stops = 2 if rng.random() < 0.2 else 1
    pause = rng.randint(60, 900)
    episode = scene.episode("copy_paste", "coordinated", at + int(stops * (span + pause)) + 60)
    first = _field(scene, at, original_ratio=0.45)
    accounts = scene.hire(first.platform, count)
    text = script(rng, first.subject)
    if rng.random() < 0.2:
        text += link(rng)
    variation = rng.random() * 0.4
    kind: Kind = "comment" if rng.random() < 0.4 else "repost"

    def write() -> str:
        return varied(scene, text, first.platform, first.subject) if rng.random() < variation else text

    field = first
    for stop in range(stops):
        if stop:
            root = scene.live_root(first.platform, at)
            if root is None or first.root is None or root is first.root:
                return
            field = Battlefield(first.platform, first.subject, root, None)
        yield from _open(scene, field, at, span, count)
        moments = _moments(rng, at + 2, count, span)
        yield from _march(scene, field, moments, accounts, episode, write, kind)
        at = moments[-1] + pause
        yield at


def recycled_pool(scene: Scene, at: int) -> Stream:
    """30 to 250 accounts, over ten minutes to a day, repeat sentences out of a pool of 8 to 30."""
    rng = scene.rng
    accounts_wanted = int(_log_uniform(rng, 30, 251))
    span = _log_uniform(rng, 600, 86_400)
    count = int(accounts_wanted * rng.uniform(1.0, 1.8))
    episode = scene.episode("recycled_pool", "coordinated", at + int(span) + 60)
    field = _field(scene, at, original_ratio=0.25)
    accounts = scene.hire(field.platform, accounts_wanted)
    pool = [script(rng, field.subject) for _ in range(rng.randint(8, 30))]
    own_ratio = rng.random() * 0.2
    kind: Kind = "repost" if rng.random() < 0.5 else "comment"

    def write() -> str:
        if rng.random() < own_ratio:
            return remark(rng, field.subject, mood_for(rng, 0.0))
        return pick(rng, pool)

    yield from _open(scene, field, at, span, count)
    yield from _march(scene, field, _moments(rng, at + 2, count, span), accounts, episode, write, kind)


def empty_reposts(scene: Scene, at: int) -> Stream:
    """30 to 200 empty reposts, or with the client's default words, in minutes, mostly late."""
    rng = scene.rng
    count = int(_log_uniform(rng, 30, 201))
    span = _log_uniform(rng, 60, 900)
    episode = scene.episode("empty_reposts", "coordinated", at + int(span) + 60)
    field = _field(scene, at - int(_log_uniform(rng, 60, 21_600)), original_ratio=0.0)
    accounts = scene.hire(field.platform, count)
    exact = pick(rng, ("", "", "", "转发微博", "转发微博。"))
    own_ratio = rng.random() * 0.1

    def write() -> str:
        return stock_phrase(rng) if rng.random() < own_ratio else exact

    yield from _open(scene, field, at, span, count)
    yield from _march(scene, field, _moments(rng, at + 2, count, span), accounts, episode, write, "repost")


ARMIES: dict[ArmyKind, Callable[[Scene, int], Stream]] = {
    "copy_paste": copy_paste,
    "recycled_pool": recycled_pool,
    "empty_reposts": empty_reposts,
}
