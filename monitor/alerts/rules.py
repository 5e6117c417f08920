"""Rules that turn what was found into alert events."""

from __future__ import annotations

from datetime import datetime, tzinfo

from monitor.alerts.port import Alert, AlertState
from monitor.campaigns.port import LEVELS, CampaignRevision


def campaign_alert(before: CampaignRevision | None, after: CampaignRevision, zone: tzinfo) -> Alert | None:
    """The event when a campaign opens (again), rises to a graver level, or ends; None otherwise.

    ``before`` is the revision that people know of, if any. Times in the sentences are in ``zone``.
    """
    if after.state != "open":
        if before is None or before.state != "open":
            return None
        return _alert(after, after.state, "resolved", zone)
    if before is None:
        return _alert(after, "opened", "firing", zone)
    if before.state != "open":
        return _alert(after, "reopened", "firing", zone)
    if LEVELS.index(after.level) > LEVELS.index(before.level):
        return _alert(after, f"risen-{after.level}", "firing", zone)
    return None


def _alert(campaign: CampaignRevision, event: str, state: AlertState, zone: tzinfo) -> Alert:
    since = datetime.fromtimestamp(campaign.opened_at / 1000, zone).isoformat(timespec="seconds")
    target = campaign.targets[0]
    more = len(campaign.targets) - 1
    happened_en, happened_zh = _HAPPENED.get(event, ("rose", "升级"))
    return Alert(
        id=f"campaign:{campaign.id}:{campaign.revision:06d}:{event}",
        rule="campaign",
        subject=campaign.id,
        level=campaign.level,
        state=state,
        at=campaign.last_seen_at,
        sentence_en=(
            f"Campaign {campaign.id} {happened_en}: {campaign.records} records from {campaign.accounts} "
            f"accounts on {target}{f' and {more} more' if more else ''} since {since}, "
            f"score {campaign.score:.2f}, level {campaign.level}."
        ),
        sentence_zh=(
            f"疑似水军活动 {campaign.id} {happened_zh}：自 {since} 起，{campaign.accounts} 个账号"
            f"在 {target}{f' 等 {more + 1} 个对象' if more else ''} 发布 {campaign.records} 条，"
            f"评分 {campaign.score:.2f}，级别 {_LEVELS_ZH[campaign.level]}。"
        ),
    )


_HAPPENED = {
    "opened": ("opened", "出现"),
    "reopened": ("goes on", "再次活跃"),
    "closed": ("ended", "结束"),
    "merged": ("is part of another", "并入另一活动"),
}
_LEVELS_ZH = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"}
