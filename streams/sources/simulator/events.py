"""Organic events: crowds that look coordinated and are not.

Each is a hard negative for a detector of campaigns: many people, much the same words, within a short
time. Sizes and spans are drawn wide. An event enters the truth ledger with the label ``organic``.
"""

import random
from collections import deque
from collections.abc import Callable

from streams.sources.simulator.language import (
    CITIES,
    essay,
    headline,
    icon,
    link,
    mood_for,
    opinion,
    pick,
    reaction,
    remark,
    stock_phrase,
)
from streams.sources.simulator.people import Account, Platform
from streams.sources.simulator.scene import (
    Draft,
    Episode,
    OrganicKind,
    Scene,
    Stream,
    cut,
    mentions,
    spread,
)
from streams.sources.simulator.subjects import STARS, WEATHER, Subject
from streams.sources.simulator.talk import Temper, draw_temper, respond

_HOUR = 3_600


def _size(rng: random.Random, low: int, high: int) -> int:
    """Draw a size between ``low`` and ``high``, evenly on a logarithmic scale."""
    return int(low * (high / low) ** rng.random())


def _crowd_temper(rng: random.Random) -> Temper:
    temper = draw_temper(rng)
    return Temper(temper.lean, temper.empty, temper.stock, temper.quote, temper.comment, regulars=0.1)


def _on_root(
    scene: Scene,
    root: Draft,
    moments: list[int],
    episode: Episode,
    write: Callable[[], str | None],
    temper: Temper,
) -> Stream:
    """Yield a crowd's records below ``root``; where ``write`` returns None a reader is an ordinary one."""
    rng = scene.rng
    crowd = scene.crowds[root.account.platform]
    history: deque[Draft] = deque(maxlen=12)
    for at in moments:
        text = write()
        if text is None:
            yield respond(scene, root, temper, at, history, episode)
            continue
        account = crowd.regular(root.account) if rng.random() < temper.regulars else crowd.person()
        yield Draft(
            at,
            account,
            cut(text),
            subject=root.subject,
            kind="comment" if rng.random() < temper.comment else "repost",
            root=root,
            episode=episode,
        )


def breaking_news(scene: Scene, at: int) -> Stream:
    """News breaks: several outlets report, cascades grow at once, people write under a hashtag."""
    rng = scene.rng
    subject, platform = scene.subject(), scene.platform()
    crowd = scene.crowds[platform]
    span = rng.randint(2 * _HOUR, 8 * _HOUR)
    episode = scene.episode("breaking_news", "organic", at + span + 2 * _HOUR)
    tag = f"#{pick(rng, CITIES)}{pick(rng, subject.aspects)}{int(rng.random() * 100)}#"
    news = headline(rng, subject)
    lean = -rng.random()
    scene.begin(at + 300, _under_tag(scene, at + 300, span, tag, subject, platform, lean, episode))
    for outlet in rng.sample(crowd.media, rng.randint(2, 5)):
        text = f"{tag}【{news}】{essay(rng, subject, 'neutral')}{link(rng)}"
        root = Draft(at, outlet, cut(text), subject=subject, episode=episode)
        yield root
        moments = spread(rng, at + 20, _size(rng, 60, 500), span, front=2.2)
        temper = _crowd_temper(rng)
        scene.begin(moments[0], _on_root(scene, root, moments, episode, lambda: None, temper))
        at += rng.randint(20, 900)
        yield at


def _under_tag(
    scene: Scene,
    at: int,
    span: int,
    tag: str,
    subject: Subject,
    platform: Platform,
    lean: float,
    episode: Episode,
) -> Stream:
    rng = scene.rng
    crowd = scene.crowds[platform]
    for moment in spread(rng, at, _size(rng, 80, 500), span, front=1.8):
        text = f"{tag}{essay(rng, subject, mood_for(rng, lean))}"
        yield Draft(moment, crowd.person(), cut(text), subject=subject, episode=episode, target=tag)


def fan_event(scene: Scene, at: int) -> Stream:
    """Fans celebrate a star under a hashtag: few slogans, much devotion, the same fans again and again."""
    rng = scene.rng
    platform = scene.platform()
    crowd = scene.crowds[platform]
    star = rng.choice(crowd.stars)
    span = rng.randint(_HOUR, 6 * _HOUR)
    episode = scene.episode("fan_event", "organic", at + span)
    tag = f"#{star.name}{pick(rng, ('生日快乐', '新歌首发', '加油', '我们爱你', '演唱会'))}#"
    slogans = [remark(rng, STARS, "positive") for _ in range(rng.randint(4, 12))]
    repeat_ratio = rng.uniform(0.1, 0.4)
    for moment in spread(rng, at, _size(rng, 150, 700), span, front=1.5):
        words = essay(rng, STARS, "positive") if rng.random() > repeat_ratio else pick(rng, slogans)
        text = tag + words + (icon(rng, "positive") * rng.randint(0, 3))
        fan = crowd.regular(star, circle=500) if rng.random() < 0.6 else crowd.person()
        yield Draft(moment, fan, cut(text), subject=STARS, episode=episode, target=tag)


def contest(scene: Scene, at: int) -> Stream:
    """A brand gives prizes for a set answer and three mentioned friends."""
    rng = scene.rng
    subject, platform = scene.subject(), scene.platform()
    crowd = scene.crowds[platform]
    span = rng.randint(_HOUR, 12 * _HOUR)
    episode = scene.episode("contest", "organic", at + span)
    answer = pick(rng, subject.aspects)
    call = (
        f"#有奖转发#回答问题：{pick(rng, CITIES)}人最关心什么？"
        f"转发并@三位好友，抽{rng.randint(2, 30)}人送礼品！{link(rng)}"
    )
    root = Draft(at, rng.choice(crowd.brands), call, subject=subject, episode=episode)
    yield root
    forms = (
        f"答案是{answer}",
        answer,
        f"{answer}！求中奖",
        "求中奖",
        f"我选{answer}[哈哈]",
        f"参加，{answer}",
    )

    def write() -> str | None:
        if rng.random() < 0.25:
            return None
        return f"{pick(rng, forms)} {mentions(rng, crowd, 3)}"

    moments = spread(rng, at + 30, _size(rng, 100, 600), span, front=1.6)
    yield from _on_root(scene, root, moments, episode, write, _crowd_temper(rng))


def greeting(scene: Scene, at: int) -> Stream:
    """Birthday wishes or condolences below one post: few words fit, so everybody writes the same."""
    rng = scene.rng
    platform = scene.platform()
    crowd = scene.crowds[platform]
    span = rng.randint(1_200, 8 * _HOUR)
    episode = scene.episode("greeting", "organic", at + span)
    words: tuple[str, ...]
    if rng.random() < 0.5:
        words = (
            "生日快乐",
            "生日快乐！",
            "祝生日快乐[蛋糕]",
            "快乐每一天",
            "生快",
            "[蛋糕]",
            "生日快乐，天天开心",
        )
        text = "又长大一岁，谢谢一路陪伴的你们" + icon(rng, "positive")
    else:
        words = (
            "[蜡烛]",
            "一路走好",
            "[蜡烛][蜡烛][蜡烛]",
            "愿逝者安息",
            "一路走好[蜡烛]",
            "R.I.P",
            "节哀",
            "愿天堂没有痛苦",
        )
        text = f"今晨，{pick(rng, CITIES)}一位老教师离开了我们" + icon(rng, "sad")
    root = Draft(at, rng.choice(crowd.stars + crowd.media), text, subject=STARS, episode=episode)
    yield root

    def write() -> str | None:
        return pick(rng, words) if rng.random() < 0.6 else None

    moments = spread(rng, at + 15, _size(rng, 60, 300), span, front=1.8)
    yield from _on_root(scene, root, moments, episode, write, _crowd_temper(rng))


def share_button(scene: Scene, at: int) -> Stream:
    """Readers of a web page press its share button: equal original posts with one link, over hours."""
    rng = scene.rng
    subject, platform = scene.subject(), scene.platform()
    crowd = scene.crowds[platform]
    span = rng.randint(2 * _HOUR, 16 * _HOUR)
    episode = scene.episode("share_button", "organic", at + span)
    site = rng.choice(crowd.media).name
    page = link(rng)
    text = f"【{headline(rng, subject)}】{page} （分享自 @{site}）"
    for moment in spread(rng, at, _size(rng, 40, 250), span, front=1.3):
        before = remark(rng, subject, mood_for(rng, 0.0)) if rng.random() < 0.2 else ""
        shared = Draft(
            moment,
            crowd.person(),
            cut(before + text),
            subject=subject,
            episode=episode,
            target="link:" + page.removeprefix("http://").casefold(),
        )
        yield shared


def first_wave(scene: Scene, at: int) -> Stream:
    """A star with a million followers posts, and hundreds answer within minutes."""
    rng = scene.rng
    platform, subject = scene.platform(), scene.subject()
    crowd = scene.crowds[platform]
    star = rng.choice(crowd.stars)
    span = rng.randint(600, 2_400)
    episode = scene.episode("first_wave", "organic", at + span)
    text = cut(essay(rng, subject, mood_for(rng, 0.3)))
    root = Draft(at, star, text, subject=subject, episode=episode)
    yield root
    crowding = pick(rng, ("沙发", "前排", "抢沙发", "板凳"))
    first = _size(rng, 10, 40)
    answered = 0

    def write() -> str | None:
        nonlocal answered
        answered += 1
        return crowding if answered < first and rng.random() < 0.4 else None

    moments = spread(rng, at + 3, _size(rng, 150, 700), span, front=1.8)
    yield from _on_root(scene, root, moments, episode, write, _crowd_temper(rng))


def official_call(scene: Scene, at: int) -> Stream:
    """An office asks everyone to pass a warning on, and people do, with few words or the office's own."""
    rng = scene.rng
    platform = scene.platform()
    crowd = scene.crowds[platform]
    span = rng.randint(_HOUR, 6 * _HOUR)
    episode = scene.episode("official_call", "organic", at + span)
    news = headline(rng, WEATHER)
    root = Draft(
        at,
        rng.choice(crowd.officials),
        f"【紧急通知】{news}，请市民减少外出，请转发扩散，让更多人看到！",
        subject=WEATHER,
        episode=episode,
    )
    yield root
    forms = (
        "扩散",
        "转发扩散",
        "请转发扩散",
        "让更多人看到",
        "求扩散！",
        "转发微博",
        "帮转",
        f"{news}，请转发扩散",
        "大家小心",
    )

    def write() -> str | None:
        return pick(rng, forms) if rng.random() < 0.5 else None

    moments = spread(rng, at + 20, _size(rng, 100, 500), span, front=2.0)
    yield from _on_root(scene, root, moments, episode, write, _crowd_temper(rng))


def quoting_root(scene: Scene, at: int) -> Stream:
    """A good sentence makes the rounds: people repeat the post's own words."""
    rng = scene.rng
    platform, subject = scene.platform(), scene.subject()
    crowd = scene.crowds[platform]
    span = rng.randint(1_800, 6 * _HOUR)
    episode = scene.episode("quoting_root", "organic", at + span)
    mood = mood_for(rng, 0.0)
    lines = [opinion(rng, subject, mood), reaction(rng, mood), opinion(rng, subject, mood)]
    root = Draft(
        at, rng.choice(crowd.stars + crowd.media), cut("，".join(lines)), subject=subject, episode=episode
    )
    yield root

    def write() -> str | None:
        return pick(rng, lines) if rng.random() < 0.45 else None

    moments = spread(rng, at + 20, _size(rng, 60, 300), span, front=1.6)
    yield from _on_root(scene, root, moments, episode, write, _crowd_temper(rng))


_VERSES = (
    "我把月光折成船，送给远方的你",
    "走过的路都长成了树，结满了想念",
    "你若不来，春天就在门外等着",
    "风把名字吹散，我还记得那双眼睛",
    "就让我们在人海里，再认识一次",
    "少年的歌啊，唱着唱着就白了头",
)


def lyrics(scene: Scene, at: int) -> Stream:
    """During a broadcast everybody writes the line that is being sung, as a post of their own."""
    rng = scene.rng
    platform = scene.platform()
    crowd = scene.crowds[platform]
    span = rng.randint(300, 2 * _HOUR)
    episode = scene.episode("lyrics", "organic", at + span)
    tag = f"#{pick(rng, STARS.hashtags)}{int(rng.random() * 100)}#"
    verses = rng.sample(_VERSES, rng.randint(2, 4))
    for moment in spread(rng, at, _size(rng, 60, 300), span):
        verse = pick(rng, verses) + (icon(rng, "positive") if rng.random() < 0.4 else "")
        words = verse if rng.random() < 0.5 else remark(rng, STARS, "positive")
        text = tag + words if rng.random() < 0.8 else words + tag
        yield Draft(moment, crowd.person(), cut(text), subject=STARS, episode=episode, target=tag)


def regular_readers(scene: Scene, at: int) -> Stream:
    """The same small circle answers every post of one publisher within minutes, day after day."""
    rng = scene.rng
    platform = scene.platform()
    crowd = scene.crowds[platform]
    publisher = rng.choice(crowd.brands + crowd.stars)
    posts = rng.randint(3, 6)
    gap = rng.randint(900, 5_400)
    episode = scene.episode("regular_readers", "organic", at + posts * gap + 2_400)
    circle: list[Account] = list({crowd.regular(publisher, circle=60) for _ in range(60)})
    circle.sort(key=lambda account: account.id)
    temper = _crowd_temper(rng)
    for number in range(posts):
        subject = scene.subject()
        root = Draft(
            at + number * gap,
            publisher,
            cut(essay(rng, subject, "neutral")),
            subject=subject,
            episode=episode,
        )
        yield root
        readers = rng.sample(circle, min(len(circle), rng.randint(12, 35)))
        for moment, reader in zip(spread(rng, root.at + 5, len(readers), 900, 2.0), readers, strict=True):
            brief = rng.random() < temper.stock
            words = stock_phrase(rng) if brief else remark(rng, subject, mood_for(rng, temper.lean))
            comments = rng.random() < 0.5
            yield Draft(
                moment,
                reader,
                words if comments or rng.random() > temper.empty else "",
                subject=subject,
                kind="comment" if comments else "repost",
                root=root,
                episode=episode,
            )


EVENTS: dict[OrganicKind, Callable[[Scene, int], Stream]] = {
    "breaking_news": breaking_news,
    "fan_event": fan_event,
    "contest": contest,
    "greeting": greeting,
    "share_button": share_button,
    "first_wave": first_wave,
    "official_call": official_call,
    "quoting_root": quoting_root,
    "lyrics": lyrics,
    "regular_readers": regular_readers,
}
