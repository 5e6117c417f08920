"""A sentence of evidence for each signal, in Chinese and English, with the source of the idea."""

from __future__ import annotations

from monitor.campaigns.port import Evidence
from monitor.campaigns.signals.finding import Finding

_SENTENCES: dict[str, tuple[str, str, str]] = {
    "same_words": (
        "{0} 个账号在 {1} 分钟内发出相同或几乎相同的文字",
        "{0} accounts wrote the same or nearly the same words within {1} minutes",
        "near-duplicate posts, Chen et al. 2011, arXiv 1111.4297",
    ),
    "recycled_pool": (
        "最近 {1} 条有文字的记录中有 {0} 条重复使用 {2} 句别人也用过的话",
        "{0} of the latest {1} records with words recycle {2} sentences that others used too",
        "repeated co-action, Pacheco et al. 2021, ICWSM",
    ),
    "empty_run": (
        "连续 {1} 条记录中有 {0} 条是完全相同的空转发，历时 {2} 分钟",
        "{0} of {1} records in a row are reposts with the same empty string, within {2} min",
        "beta-binomial expectation of ordinary crowds, Skellam 1948",
    ),
    "worded_run": (
        "连续 {1} 条记录中有 {0} 条一字不差，历时 {2} 分钟",
        "{0} of {1} records in a row are equal to the letter, within {2} min",
        "beta-binomial expectation of ordinary crowds, Skellam 1948",
    ),
    "shared_phrases": (
        "最近 {2} 条有文字的记录中有 {0} 条文字各不相同，却由 {1} 个别人也用过的短语拼成",
        "{0} of the latest {2} records with words differ but are put together from {1} phrases others used",
        "shared phrases, Pacheco et al. 2021, ICWSM",
    ),
    "shared_accounts": (
        "{0} 个账号先后在 {1} 个目标上一起行动",
        "{0} accounts acted together on {1} targets",
        "SynchroTrap, Cao et al. 2014, CCS",
    ),
    "rhythm": (
        "间隔均匀：平均 {0} 秒，变异系数 {1}%",
        "regular gaps: {0} seconds on average, coefficient of variation {1}%",
        "timing regularity, Chen et al. 2011, arXiv 1111.4297",
    ),
    "rush": (
        "速度达到该目标此前的 {0} 倍以上",
        "at least {0} times the target's rate before",
        "burst against own baseline, Kleinberg 2002, KDD",
    ),
    "one_client": (
        "{0}% 来自同一客户端，平时为 {1}%",
        "{0}% come from one client, usually {1}%",
        "shared client, CooRTweet, Righetti & Balluff 2025",
    ),
    "alike_accounts": (
        "{0}% 的账号在同一周注册，{1}% 几乎没有粉丝",
        "{0}% of the accounts were registered in one week, {1}% have hardly a follower",
        "account features, Chen et al. 2011, arXiv 1111.4297",
    ),
    "share_button": (
        "{0}% 带有客户端尾巴或带链接的标题，像分享按钮",
        "{0}% carry a client's tail or a title with a link, as share buttons write",
        "own counter-signal",
    ),
    "quoting_root": (
        "文字有 {0}% 引自原帖",
        "{0}% of the words quote the root",
        "own counter-signal",
    ),
    "slogan_or_lyrics": (
        "同一句话写法不一（{0}%），像口号或歌词",
        "the same words are written in different ways ({0}%), like a slogan or lyrics",
        "own counter-signal",
    ),
    "contest": (
        "原帖征集答案或抽奖，{0}% 是简短回答",
        "the root asks for answers or raffles a prize; {0}% are short answers",
        "own counter-signal",
    ),
    "fans_with_a_hashtag": (
        "{0}% 几乎只有话题标签，像粉丝行为",
        "{0}% are hardly more than a hashtag, as fans write",
        "own counter-signal",
    ),
    "crowd_under_hashtag": (
        "同一话题下许多人各自发言，与重复的句子同起同落（{0}%），像直播或演出时的人群",
        "many others spoke under the hashtag as the repeated lines came and went ({0}%), as at a broadcast",
        "own counter-signal",
    ),
    "same_question": (
        "{0}% 是先后提出的同类问题，像读者各自询问",
        "{0}% ask the same over a while, as readers with the same question do",
        "own counter-signal",
    ),
    "greeting": (
        "{0}% 是问候语",
        "{0}% are greetings of the day or season",
        "own counter-signal",
    ),
    "first_wave": (
        "发生在大号发帖后的第一波（{0}%）",
        "in the first wave of a large account's post ({0}%)",
        "own counter-signal",
    ),
    "call_to_repost": (
        "原帖请求转发",
        "the root asks to be reposted",
        "own counter-signal",
    ),
    "breaking_news": (
        "其间 {0}% 的记录是其他人各自的话，像突发新闻",
        "{0}% of the records meanwhile were other people's own words, as with breaking news",
        "own counter-signal",
    ),
    "regular_readers": (
        "{0} 个目标出自同一发布者，可能是固定读者",
        "{0} targets are of one publisher: they may be regular readers",
        "own counter-signal",
    ),
}


def explain(finding: Finding) -> Evidence:
    """The finding as a reader sees it."""
    zh, en, source = _SENTENCES[finding.name]
    figures = finding.figures
    return Evidence(finding.name, round(finding.value, 4), zh.format(*figures), en.format(*figures), source)
