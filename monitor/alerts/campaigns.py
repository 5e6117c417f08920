"""Which revisions of campaigns people are told of.

A campaign opens, rises above the gravest level that was told, ends, or is reopened. What two campaigns that
were joined turn out not to share makes one smaller again, and its last record an earlier one: that is told
when it ends. What the records of one moment open and merge at once is never told: that one record is about
several objects is no news.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo

import msgspec

from monitor.alerts.port import ALL_PLATFORMS, Alert, AlertState
from monitor.alerts.sentences import LEVELS_ZH, STATES_EN, STATES_ZH, platform_words
from monitor.alerts.watched import IncidentLabels
from monitor.campaigns.port import LEVELS, CampaignRevision, Level

MAX_TOLD = 8_000


class ToldCampaign(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What people know of a campaign: ``level`` the gravest told, ``incident`` its opening.

    ``told_at`` is event time of the last event: events of an incident are in the order they were told in.
    """

    open: bool
    level: Level
    incident: str
    watchlist: str
    platform: str
    began_at: int
    told_at: int = 0


Told = dict[str, ToldCampaign]


class CampaignAlerts:
    """Turns revisions of joined campaigns into alert events."""

    def __init__(
        self,
        zone: tzinfo,
        about: Callable[[CampaignRevision], str],
        told: Told | None = None,
        *,
        enabled: bool = True,
    ) -> None:
        """Times in sentences are in ``zone``; ``about`` names the watchlist of a campaign."""
        self._enabled = enabled
        self._zone = zone
        self._about = about
        self.told: Told = told or {}

    def see(self, revisions: Sequence[CampaignRevision]) -> list[Alert]:
        """The events of what one record revised; of each campaign only the last revision counts.

        Where the rule was switched off, what was told as going on is told to end; nothing else is told.
        """
        latest = {revision.id: revision for revision in revisions}
        alerts = [
            self._judge(revision)
            for revision in latest.values()
            if self._enabled or (revision.state != "open" and revision.id in self.told)
        ]
        while len(self.told) > MAX_TOLD:
            over = (name for name, told in self.told.items() if not told.open)
            del self.told[next(over, next(iter(self.told)))]
        return [alert for alert in alerts if alert is not None]

    def incidents(self) -> Iterator[tuple[str, IncidentLabels]]:
        """Campaigns that go on, as people know them."""
        for told in self.told.values():
            if told.open:
                yield told.incident, ("campaign", told.watchlist, told.platform, told.level)

    def _judge(self, after: CampaignRevision) -> Alert | None:
        before = self.told.pop(after.id, None)
        known = before is not None and before.open
        if after.state != "open":
            if before is not None:
                self.told[after.id] = msgspec.structs.replace(before, open=False)
            return self._alert(after, before, "resolved") if before is not None and known else None
        if before is None or not known:
            told = ToldCampaign(
                True, after.level, f"campaign:{after.id}:{after.revision:06d}", self._about(after),
                platform_of(after), after.opened_at, after.last_seen_at,
            )  # fmt: skip
            self.told[after.id] = told
            return self._alert(after, told, "opened")
        self.told[after.id] = before
        if LEVELS.index(after.level) <= LEVELS.index(before.level):
            return None
        told_at = max(before.told_at, after.last_seen_at)
        self.told[after.id] = told = msgspec.structs.replace(before, level=after.level, told_at=told_at)
        return self._alert(after, told, "escalated")

    def _alert(self, campaign: CampaignRevision, told: ToldCampaign, state: AlertState) -> Alert:
        if campaign.was_taken_back:
            english, chinese = _taken_back(campaign, told.level)
        else:
            english, chinese = self._sentences(campaign, told.level, state)
        return Alert(
            id=f"{told.incident}:{campaign.revision:06d}:{state}",
            rule="campaign",
            subject=campaign.id,
            level=told.level,
            state=state,
            at=max(told.told_at, campaign.last_seen_at),
            sentence_en=english,
            sentence_zh=chinese,
            incident=told.incident,
            watchlist=told.watchlist,
            platform=told.platform,
            began_at=told.began_at,
            unit="accounts",
            figure=float(campaign.accounts),
            people=campaign.accounts,
            window_start=campaign.began_at,
            window_end=campaign.last_seen_at,
            campaigns=(campaign.id,),
        )

    def _sentences(self, campaign: CampaignRevision, level: Level, state: AlertState) -> tuple[str, str]:
        """What happened, in English and Chinese; objects go by what they are, hashtags by their name."""
        merged = campaign.state == "merged"
        state_en = _MERGED_EN if merged else STATES_EN[state]
        state_zh = _MERGED_ZH if merged else STATES_ZH[state]
        comma = "" if state == "resolved" or merged else "，"
        start, end = (
            datetime.fromtimestamp(at / 1000, self._zone) for at in (campaign.began_at, campaign.last_seen_at)
        )
        until = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%Y-%m-%d %H:%M}"
        about_en, about_zh = _objects(campaign)
        records, accounts = f"{campaign.records:,}", f"{campaign.accounts:,}"
        english = (
            f"A suspected campaign {state_en.format(level)}, with {records} records by {accounts} accounts "
            f"about {about_en}, from {start:%Y-%m-%d %H:%M} to {until}, score {campaign.score:.2f}."
        )
        chinese = (
            f"疑似水军活动{comma}{state_zh.format(LEVELS_ZH[level])}：{start:%Y-%m-%d %H:%M} 至 {until}，"
            f"{accounts} 个账号围绕{about_zh}发布 {records} 条，评分 {campaign.score:.2f}。"
        )
        return english, chinese


def _taken_back(campaign: CampaignRevision, level: Level) -> tuple[str, str]:
    """That a campaign turned out to be none, in English and Chinese; it has no figures any more."""
    about_en, about_zh = _objects(campaign)
    english = (
        f"A suspected campaign about {about_en} was taken back (level {level} at its height): "
        "in the order of time its records do not bear it out."
    )
    chinese = (
        f"围绕{about_zh}的疑似水军活动已撤回（最高曾达{LEVELS_ZH[level]}）："
        "按发布时间重新排序后，这些记录不足以认定为水军活动。"
    )
    return english, chinese


def _objects(campaign: CampaignRevision) -> tuple[str, str]:
    """What a campaign is about, in English and Chinese."""
    english, chinese = object_words(campaign.targets[0])
    others = len(campaign.targets) + campaign.details.more_targets - 1
    if not others:
        return english, chinese
    return (
        f"{english} and {others} more object{'s' if others > 1 else ''}",
        f"{chinese}等 {others + 1} 个对象",
    )


def object_words(target: str) -> tuple[str, str]:
    """What a target is called where no post, account or address may be named, in English and Chinese."""
    if target.startswith("#"):
        return target, f" {target} "
    kind = target.partition(":")[0]
    if kind in _OBJECTS:
        return _OBJECTS[kind]
    english, chinese = platform_words(kind)
    return f"a post on {english}", f"{chinese}的一条微博"


def platform_of(campaign: CampaignRevision) -> str:
    """The platform that all members of a revision are on, or ``all``."""
    platforms = {member.record.partition(":")[0] for member in campaign.members}
    return platforms.pop() if len(platforms) == 1 else ALL_PLATFORMS


_OBJECTS = {
    "link": ("a link", "一个链接"),
    "account": ("an account", "一个账号"),
    "text": ("a text", "一段文字"),
}
_MERGED_EN = "turned out to be part of another (level {} at its height)"
_MERGED_ZH = "已并入另一活动（最高曾达{}）"
