"""Alert events and notices for tests: sensible until told otherwise, in the words that people are told."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import msgspec

from monitor.alerts.campaigns import CampaignAlerts
from monitor.alerts.notices import Notice, told
from monitor.alerts.port import ALERT_STATES, RULES, Alert, AlertState, Rule
from monitor.alerts.rules import Reading
from monitor.alerts.sentences import Titles, Told, sentences
from monitor.campaigns.port import LEVELS, CampaignRevision, CampaignState, Interval, Level, Membership
from monitor.relay.spool import Wake
from tests.testkit.sightings import a_revision

TITLES = {"housing": ("住房", "Housing"), "food_safety": ("食品安全", "Food safety")}
LINK = "https://console.example.org/search?watchlist=housing"
ZONE = ZoneInfo("Asia/Shanghai")
HALF_PAST_EIGHT = 1_323_088_200_000
"""2011-12-05 20:30 in Shanghai."""
_PLACE = Titles({"housing": "Housing"}, {"housing": "住房"}).of("housing", "sina_weibo")
_NO_SOURCE = Titles({}, {}).of("all", "sina_weibo")
_READINGS: dict[Rule, Reading] = {
    "surge": Reading(4.1, 268, "records", 412, 374, 454, 96, 10),
    "negative_turn": Reading(0.2, 355, "ratio", 0.61, 0.56, 0.66, 0.34, 15),
    "anger_turn": Reading(0.4, 1_204, "ratio", 0.48, 0.45, 0.51, 0.09, 15),
    "source_silent": Reading(412, 0, "records", 0, 0, 4, 412, 35),
}
NO_HISTORY = Reading(0.0, 0.0, "records", 0.0, 0.0, 0.0, 0.0, 0)
_OF_LEVEL: dict[Level, tuple[Rule, AlertState]] = {
    "blue": ("surge", "opened"),
    "yellow": ("negative_turn", "escalated"),
    "orange": ("campaign", "opened"),
    "red": ("anger_turn", "escalated"),
}


def a_campaign_revision(
    level: Level = "orange", state: CampaignState = "open", targets: tuple[str, ...] = ("#学区房#", "a", "b")
) -> CampaignRevision:
    """A campaign of half an hour."""
    return msgspec.structs.replace(
        a_revision("ce94b82f741a80ce2"),
        level=level,
        state=state,
        targets=targets,
        records=310,
        accounts=84,
        score=0.93,
        opened_at=HALF_PAST_EIGHT - 1_140_000,
        last_seen_at=HALF_PAST_EIGHT + 660_000,
        intervals=(Interval(targets[0], HALF_PAST_EIGHT - 1_200_000, HALF_PAST_EIGHT + 660_000),),
        members=(Membership("sina_weibo:1", "ce94b82f741a80ce2", 0, 900),),
    )


def said(rule: Rule, state: AlertState, level: Level, reading: Reading | None = None) -> tuple[str, str]:
    """The sentence about an event, in English and Chinese."""
    if rule == "campaign":
        return _said_of_campaign(state, level)
    place = _NO_SOURCE if rule == "source_silent" else _PLACE
    return sentences(Told(rule, place, level, state, HALF_PAST_EIGHT), reading or _READINGS[rule], ZONE)


def _said_of_campaign(state: AlertState, level: Level, last: CampaignState = "closed") -> tuple[str, str]:
    desk = CampaignAlerts(ZONE, lambda _: "housing")
    steps = {
        "opened": [a_campaign_revision(level)],
        "escalated": [a_campaign_revision("blue"), a_campaign_revision(level)],
        "resolved": [a_campaign_revision(level), a_campaign_revision(level, last)],
    }[state]
    alert = [one for step in steps for one in desk.see([step])][-1]
    return alert.sentence_en, alert.sentence_zh


def _said_of_one_taken_back() -> tuple[str, str]:
    desk = CampaignAlerts(ZONE, lambda _: "housing")
    opened = a_campaign_revision()
    none_left = msgspec.structs.replace(
        opened, state="closed", records=0, accounts=0, intervals=(), members=()
    )
    return [(one.sentence_en, one.sentence_zh) for step in (opened, none_left) for one in desk.see([step])][
        -1
    ]


def all_said() -> Iterator[tuple[str, tuple[str, str]]]:
    """One sentence of each rule, level and state, by a name; and those of special cases."""
    for rule in RULES:
        for state in ALERT_STATES:
            if (rule, state) == ("campaign", "de-escalated"):
                continue
            for level in LEVELS:
                if (state, level) in {("escalated", "blue"), ("de-escalated", "red")}:
                    continue
                yield f"{rule} {state} {level}", said(rule, state, level)
    for rule in ("surge", "negative_turn", "anger_turn"):
        few = msgspec.structs.replace(_READINGS[rule], people=3)
        yield f"{rule} resolved, few people", said(rule, "resolved", "red", few)
    yield "surge resolved, no history", said("surge", "resolved", "red", NO_HISTORY)
    long = msgspec.structs.replace(_READINGS["source_silent"], minutes=740)
    yield "source_silent escalated, long", said("source_silent", "escalated", "red", long)
    yield "campaign merged", _said_of_campaign("resolved", "orange", "merged")
    yield "campaign taken back", _said_of_one_taken_back()
    for target in ("sina_weibo:3384950021", "link:http://t.cn/abc", "account:sina_weibo:u1", "text:00ff"):
        (alert,) = CampaignAlerts(ZONE, lambda _: "housing").see([a_campaign_revision(targets=(target,))])
        yield f"campaign on {target.partition(':')[0]}", (alert.sentence_en, alert.sentence_zh)


def an_alert(level: Level = "orange", **changes: object) -> Alert:
    """An alert event about housing; one of each level differs in rule and sentence."""
    rule, state = _OF_LEVEL[level]
    english, chinese = said(rule, state, level)
    alert = Alert(
        id=f"{rule}:housing:{LEVELS.index(level)}",
        rule=rule,
        subject="housing|sina_weibo",
        level=level,
        state=state,
        at=HALF_PAST_EIGHT,
        sentence_en=english,
        sentence_zh=chinese,
        incident=f"{rule}:housing",
        watchlist="housing",
        platform="sina_weibo",
    )
    return msgspec.structs.replace(alert, **changes)


def a_notice(level: Level = "orange", **changes: object) -> Notice:
    """The notice of ``an_alert``."""
    notice = told(an_alert(level), TITLES["housing"], LINK)
    changed = msgspec.structs.replace(notice, **changes)
    # Notices of different keys are of different incidents, unless it is said.
    return changed if "incident" in changes else msgspec.structs.replace(changed, incident=changed.key)


def a_wake(alert: Alert, status: str = "firing", starts_at: str = "2011-12-05T12:30:00Z") -> Wake:
    """What Alertmanager sends for the level that an alert event brought."""
    labels = {
        "kind": "opinion",
        "alertname": "OpinionAlert",
        "rule": alert.rule,
        "watchlist": alert.watchlist,
        "platform": alert.platform,
        "level": alert.level,
    }
    return Wake(status, labels, {}, starts_at, "-".join(labels.values()))
