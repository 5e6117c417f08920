"""Lists of incidents and campaigns, a page at a time, the same on every engine."""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
import pytest

from monitor.alerts.port import Alert, AlertState
from monitor.campaigns.port import CampaignState, Level
from monitor.errors import QueryError
from monitor.index.lists import AlertQuery, CampaignQuery
from tests.contracts.conftest import OpinionIndex
from tests.testkit.documents import NOON, a_campaign, an_alert

MINUTE = 60_000


def event(
    incident: str, minute: int, state: AlertState = "opened", level: Level = "yellow", watchlist: str = "food"
) -> Alert:
    """An event of an incident, so many minutes after noon."""
    return msgspec.structs.replace(
        an_alert(f"{incident}:{minute:03d}:{state}", at=NOON + minute * MINUTE),
        incident=incident,
        state=state,
        level=level,
        watchlist=watchlist,
        platform="sina_weibo",
    )


def incidents(index: OpinionIndex, query: AlertQuery) -> list[str]:
    """The incidents of all pages, in order."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = index.find_alerts(msgspec.structs.replace(query, cursor=cursor))
        found += [alert.incident for alert in page.alerts]
        cursor = page.cursor
        if cursor is None:
            return found


STORY = [
    event("old", 0),
    event("old", 5, "resolved"),
    event("housing", 1, watchlist="housing"),
    event("going", 2),
    event("going", 7, "escalated", "orange"),
    event("late", 9, "opened", "red"),
]


def test_an_incident_stands_once_by_its_latest_event_the_latest_first(index: OpinionIndex) -> None:
    index.put_alerts(STORY)
    found = index.find_alerts(AlertQuery())
    assert [one.id for one in found.alerts] == [
        "late:009:opened",
        "going:007:escalated",
        "old:005:resolved",
        "housing:001:opened",
    ]
    assert found.cursor is None
    assert found.alerts[1] == STORY[4]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (AlertQuery(open=True), ["late", "going", "housing"]),
        (AlertQuery(open=False), ["old"]),
        (AlertQuery(watchlist="housing"), ["housing"]),
        (AlertQuery(platform="tencent_weibo"), []),
        (AlertQuery(rule="surge", level="yellow"), ["old", "housing"]),
        (AlertQuery(rule="campaign"), []),
        (AlertQuery(after=NOON + 5 * MINUTE, before=NOON + 9 * MINUTE), ["going", "old"]),
        (AlertQuery(after=NOON, before=NOON + 5 * MINUTE), ["housing"]),
    ],
)
def test_what_is_asked_holds_of_the_latest_event(
    index: OpinionIndex, query: AlertQuery, expected: list[str]
) -> None:
    index.put_alerts(STORY)
    assert incidents(index, query) == expected


def test_an_event_of_before_incidents_had_names_is_an_incident_by_itself(index: OpinionIndex) -> None:
    index.put_alerts([an_alert("a", at=1), an_alert("b", at=2)])
    assert [one.id for one in index.find_alerts(AlertQuery()).alerts] == ["b", "a"]
    assert index.incident("a") == [an_alert("a", at=1)]


def test_an_incident_has_all_its_events_the_oldest_first(index: OpinionIndex) -> None:
    index.put_alerts(STORY[::-1])
    assert index.incident("going") == [STORY[3], STORY[4]]
    assert index.incident("none") == []


def test_pages_of_incidents_neither_repeat_nor_leave_out(index: OpinionIndex) -> None:
    order = random.Random(5)
    events = [event(f"i{number}", order.randrange(90)) for number in range(40)]
    ended = [event(f"i{number}", 100 + order.randrange(9), "resolved") for number in range(0, 40, 2)]
    index.put_alerts([*events, *ended])
    whole = [one.incident for one in index.find_alerts(AlertQuery(limit=200)).alerts]
    assert sorted(whole) == sorted(f"i{number}" for number in range(40))
    assert incidents(index, AlertQuery(limit=3)) == whole
    assert incidents(index, AlertQuery(limit=7, open=True)) == [one for one in whole if int(one[1:]) % 2]


def story_of_campaigns(index: OpinionIndex) -> None:
    changes: list[tuple[str, CampaignState, Level, float]] = [
        ("c1", "open", "yellow", 0.9),
        ("c2", "closed", "red", 0.9),
        ("c3", "open", "red", 0.2),
        ("c4", "merged", "red", 0.9),
        ("c5", "open", "yellow", 0.95),
    ]
    index.put_campaigns(
        [
            msgspec.structs.replace(
                a_campaign(name, opened_at=NOON + place),
                state=state,
                level=level,
                score=score,
                targets=(f"sina_weibo:{name}", "#a"),
            )
            for place, (name, state, level, score) in enumerate(changes)
        ]
    )
    taken_back = a_campaign("c6", opened_at=NOON + len(changes))
    index.put_campaigns([msgspec.structs.replace(taken_back, state="closed", records=0, intervals=())])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (CampaignQuery(), ["c5", "c3", "c2", "c1"]),
        (CampaignQuery(state="merged"), ["c4"]),
        (CampaignQuery(state="closed"), ["c2"]),
        (CampaignQuery(level="red"), ["c3", "c2"]),
        (CampaignQuery(target="sina_weibo:c1"), ["c1"]),
        (CampaignQuery(target="#a", state="open", without=("c3", "c9")), ["c5", "c1"]),
    ],
)
def test_campaigns_are_listed_the_latest_opening_first(
    index: OpinionIndex, query: CampaignQuery, expected: list[str]
) -> None:
    story_of_campaigns(index)
    assert [one.id for one in index.find_campaigns(query).campaigns] == expected
    first = index.find_campaigns(msgspec.structs.replace(query, limit=1))
    rest = index.find_campaigns(msgspec.structs.replace(query, cursor=first.cursor)) if first.cursor else None
    assert [one.id for one in (*first.campaigns, *(rest.campaigns if rest else ()))] == expected


def test_the_gravest_campaigns_that_go_on_come_first_and_all_are_counted(index: OpinionIndex) -> None:
    story_of_campaigns(index)
    found = index.gravest_campaigns(NOON, 2)
    assert ([one.id for one in found.campaigns], found.total) == (["c3", "c5"], 3)
    assert index.gravest_campaigns(NOON + 3, 2).total == 2


def test_a_later_revision_is_listed_as_what_it_is(index: OpinionIndex) -> None:
    index.put_campaigns([a_campaign()])
    index.put_campaigns([msgspec.structs.replace(a_campaign(revision=2), state="closed", level="red")])
    assert index.gravest_campaigns(0, 5).total == 0
    found = index.find_campaigns(CampaignQuery(state="closed", level="red"))
    assert [one.revision for one in found.campaigns] == [2]


@pytest.mark.parametrize(
    "ask",
    [
        lambda index: index.find_alerts(AlertQuery(limit=0)),
        lambda index: index.find_alerts(AlertQuery(limit=201)),
        lambda index: index.find_alerts(AlertQuery(cursor="x")),
        lambda index: index.find_alerts(AlertQuery(watchlist="\ud800")),
        lambda index: index.find_alerts(AlertQuery(after=1 << 70)),
        lambda index: index.find_campaigns(CampaignQuery(limit=0)),
        lambda index: index.find_campaigns(CampaignQuery(cursor="1e9.c1")),
        lambda index: index.find_campaigns(CampaignQuery(cursor=f"{10**18}.c1")),
        lambda index: index.find_campaigns(CampaignQuery(cursor=f"-{10**16}.c1")),
        lambda index: index.find_alerts(AlertQuery(cursor=f"{10**17 - 1}.a")),
        lambda index: index.find_campaigns(CampaignQuery(target="\udfff")),
    ],
)
def test_what_cannot_be_asked_is_refused(index: OpinionIndex, ask: Callable[[OpinionIndex], object]) -> None:
    with pytest.raises(QueryError):
        ask(index)
