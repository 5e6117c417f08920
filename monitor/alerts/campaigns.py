"""Which revisions of campaigns people are told of.

A campaign opens, rises above the gravest level that was told, ends, or is reopened. Its size only grows while
it is open, so that its level never falls. What the records of one moment open and merge at once is never
told: that one record is about several objects is no news.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo

import msgspec

from monitor.alerts.port import ALL_PLATFORMS, Alert, AlertState
from monitor.alerts.sentences import LEVELS_ZH
from monitor.alerts.watched import IncidentLabels
from monitor.campaigns.port import LEVELS, CampaignRevision, Level

MAX_TOLD = 8_000


class ToldCampaign(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What people know of a campaign: ``level`` the gravest told, ``incident`` its opening."""

    open: bool
    level: Level
    incident: str
    watchlist: str
    platform: str
    began_at: int


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
        """The events of what one record revised; of each campaign only the last revision counts."""
        if not self._enabled:
            return []
        latest = {revision.id: revision for revision in revisions}
        alerts = [self._judge(revision) for revision in latest.values()]
        while len(self.told) > MAX_TOLD:
            del self.told[next(iter(self.told))]
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
                platform_of(after), after.opened_at,
            )  # fmt: skip
            self.told[after.id] = told
            return self._alert(after, told, "opened")
        self.told[after.id] = before
        if LEVELS.index(after.level) <= LEVELS.index(before.level):
            return None
        self.told[after.id] = told = msgspec.structs.replace(before, level=after.level)
        return self._alert(after, told, "escalated")

    def _alert(self, campaign: CampaignRevision, told: ToldCampaign, state: AlertState) -> Alert:
        since = datetime.fromtimestamp(campaign.opened_at / 1000, self._zone)
        english, chinese = _HAPPENED["merged" if campaign.state == "merged" else state]
        more = len(campaign.targets) - 1
        return Alert(
            id=f"{told.incident}:{campaign.revision:06d}:{state}",
            rule="campaign",
            subject=campaign.id,
            level=told.level,
            state=state,
            at=campaign.last_seen_at,
            sentence_en=(
                f"Suspected campaign {campaign.id} {english}: {campaign.records} records from "
                f"{campaign.accounts} accounts on {campaign.targets[0]}{f' and {more} more' if more else ''} "
                f"since {since.isoformat(timespec='seconds')}, score {campaign.score:.2f}, "
                f"level {told.level}."
            ),
            sentence_zh=(
                f"疑似水军活动 {campaign.id} {chinese}：自 {since:%Y-%m-%d %H:%M} 起，"
                f"{campaign.accounts} 个账号在 {campaign.targets[0]}"
                f"{f' 等 {more + 1} 个对象' if more else ''} 发布 {campaign.records} 条，"
                f"评分 {campaign.score:.2f}，级别为{LEVELS_ZH[told.level]}。"
            ),
            incident=told.incident,
            watchlist=told.watchlist,
            platform=told.platform,
            began_at=told.began_at,
            unit="accounts",
            figure=float(campaign.accounts),
            people=campaign.accounts,
            window_start=campaign.opened_at,
            window_end=campaign.last_seen_at,
            campaigns=(campaign.id,),
        )


def platform_of(campaign: CampaignRevision) -> str:
    """The platform that all members of a revision are on, or ``all``."""
    platforms = {member.record.partition(":")[0] for member in campaign.members}
    return platforms.pop() if len(platforms) == 1 else ALL_PLATFORMS


_HAPPENED = {
    "opened": ("opened", "出现"),
    "escalated": ("rose", "升级"),
    "resolved": ("ended", "结束"),
    "merged": ("is part of another", "并入另一活动"),
}
