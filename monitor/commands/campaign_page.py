"""The evidence of one campaign on a terminal: what speaks for it and against, its texts, course, accounts."""

from __future__ import annotations

from datetime import tzinfo

from monitor.campaigns.port import CampaignRevision, Details, Evidence, Moment
from monitor.campaigns.timeline import USUAL_MS
from monitor.presentation import iso

_BAR = 40


def evidence_page(campaign: CampaignRevision, zone: tzinfo) -> list[str]:
    """The lines of the page; one that was taken back has nothing but that."""
    if campaign.was_taken_back:
        return _taken_back(campaign, zone)
    details = campaign.details
    merged = f", part of {campaign.merged_into}" if campaign.merged_into else ""
    return [
        f"{campaign.id}  {campaign.level}  {campaign.state}{merged}  score {campaign.score:.2f}",
        (
            f"{campaign.accounts} accounts, {campaign.records} records; "
            f"first record {iso(campaign.began_at, zone)}, opened {iso(campaign.opened_at, zone)}, "
            f"last seen {iso(campaign.last_seen_at, zone)}"
        ),
        "",
        "Targets",
        *(f"  {one.target}  {iso(one.start, zone)} to {iso(one.end, zone)}" for one in campaign.intervals),
        "",
        "For / 支持",
        *_evidence(details.signals),
        "",
        "Against / 反对",
        *(_evidence(details.against) or ["  nothing / 无"]),
        "",
        "Texts (records)",
        *(f"  {group.records:>5}  {group.text or '(empty repost / 空转发)'}" for group in details.groups),
        *([f"         and {details.more_groups} more texts"] if details.more_groups else []),
        "",
        *_timeline(details, zone),
        "",
        f"Accounts (pseudonyms, {len(details.accounts)} of {campaign.accounts}, the first to join first)",
        "  " + " ".join(details.accounts),
    ]


def _taken_back(campaign: CampaignRevision, zone: tzinfo) -> list[str]:
    return [
        f"{campaign.id}  taken back",
        f"opened {iso(campaign.opened_at, zone)}, on {', '.join(campaign.targets)}",
        "In the order of event time its records do not bear it out: it is no campaign, and has no members.",
        "已撤回：按发布时间重新排序后，这些记录不足以认定为水军活动，不再计入任何记录。",
    ]


def _evidence(found: tuple[Evidence, ...]) -> list[str]:
    return [
        line
        for one in found
        if one.value >= 0.01
        for line in (f"  {one.value:.2f}  {one.name}: {one.en}  [{one.source}]", f"        {one.zh}")
    ]


def _timeline(details: Details, zone: tzinfo) -> list[str]:
    """The campaign among all records of its main target, beside what was usual there before."""
    timeline = details.timeline
    if not timeline:
        return ["No timeline is known."]
    minutes = timeline[0].minutes
    usual = None if details.usual is None else details.usual * minutes * 60_000 / USUAL_MS
    before = "what was usual before is not known" if usual is None else f"usual before (|): {usual:.1f}"
    most = max([1.0, usual or 0.0, *(float(moment.records) for moment in timeline)])
    return [
        f"Campaign (#) among all records of the target (.), {minutes} minutes a line; {before}",
        *(f"  {iso(one.start, zone)[:16]}  {_bar(one, usual, most)}" for one in timeline),
        f"  {_share(timeline):.0%} of the target's records between the campaign's first and last",
    ]


def _bar(moment: Moment, usual: float | None, most: float) -> str:
    bar = ("#" * round(_BAR * moment.members / most)).ljust(round(_BAR * moment.records / most), ".")
    if usual is not None:
        mark = round(_BAR * usual / most)
        bar = bar.ljust(mark + 1)
        bar = f"{bar[:mark]}|{bar[mark + 1 :]}"
    return f"{bar}  {moment.members}/{moment.records}"


def _share(timeline: tuple[Moment, ...]) -> float:
    acting = [at for at, moment in enumerate(timeline) if moment.members]
    if not acting:
        return 0.0
    meanwhile = timeline[acting[0] : acting[-1] + 1]
    return sum(one.members for one in meanwhile) / sum(one.records for one in meanwhile)
