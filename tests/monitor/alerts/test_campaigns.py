"""Which revisions of a campaign people are told of."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import pytest

from monitor.alerts.campaigns import CampaignAlerts
from monitor.alerts.notices import cleaned
from monitor.alerts.subjects import CampaignSubject
from monitor.campaigns.port import CampaignRevision, CampaignState, Interval, Level, Membership
from monitor.language import LANGUAGES, Language
from monitor.scoring.watchlists import Watchlist, WatchlistMatcher
from tests.checks.goldens import SENTENCES, golden_sentences
from tests.testkit.alerts import all_said
from tests.testkit.sightings import a_revision

MEMBERS = (Membership("sina_weibo:1", "c1", 0, 900),)


def a_campaign(
    level: Level = "blue", state: CampaignState = "open", name: str = "c1", revision: int = 0
) -> CampaignRevision:
    return msgspec.structs.replace(
        a_revision(name), level=level, state=state, members=MEMBERS, revision=revision
    )


def alerts() -> CampaignAlerts:
    return CampaignAlerts(ZoneInfo("Asia/Shanghai"), lambda _: "housing")


def told(*steps: CampaignRevision) -> list[str]:
    """States and levels told of revisions that follow each other."""
    desk = alerts()
    return [f"{one.state} {one.level}" for step in steps for one in desk.see([step])]


def test_an_opened_campaign_is_told_with_figures_in_both_languages() -> None:
    (alert,) = alerts().see([a_campaign("yellow")])
    assert (alert.incident, alert.state, alert.level) == ("campaign:c1:000000", "opened", "yellow")
    assert (alert.watchlist, alert.platform, alert.campaigns) == ("housing", "sina_weibo", ("c1",))
    assert "1970-01-01 08:00" in alert.sentence_en
    assert "黄色" in alert.sentence_zh


@pytest.mark.parametrize(
    "target",
    [
        "sina_weibo:3384950021",
        "link:http://t.cn/abc",
        "account:sina_weibo:u0123456789abcdef0123",
        "text:00ff",
    ],
)
def test_a_target_that_names_a_post_an_account_or_an_address_is_told_by_its_kind(target: str) -> None:
    (alert,) = alerts().see([msgspec.structs.replace(a_campaign(), targets=(target,))])
    for sentence in (alert.sentence_en, alert.sentence_zh):
        assert target.partition(":")[2] not in sentence
        assert "c1" not in sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_as_they_were_read(language: Language) -> None:
    assert golden_sentences(language) == (SENTENCES / f"{language}.txt").read_text("utf-8")


def test_no_sentence_needs_cleaning() -> None:
    for name, (english, chinese) in all_said():
        assert cleaned(english, "en") == english, name
        assert cleaned(chinese, "zh") == chinese, name


def test_an_incident_that_became_smaller_ends_after_it_rose() -> None:
    """What was joined is parted again: the last record is an earlier one."""
    desk = alerts()
    revisions = (
        msgspec.structs.replace(a_campaign("blue"), last_seen_at=1_000),
        msgspec.structs.replace(a_campaign("orange", revision=1), last_seen_at=9_000),
        msgspec.structs.replace(a_campaign("blue", "closed", revision=2), last_seen_at=5_000),
    )
    events = [event for revision in revisions for event in desk.see([revision])]
    assert [event.state for event in events] == ["opened", "escalated", "resolved"]
    assert sorted(events, key=lambda one: (one.at, one.id)) == events
    assert [event.window_end for event in events] == [1_000, 9_000, 5_000]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([a_campaign("blue"), a_campaign("orange")], ["opened blue", "escalated orange"]),
        ([a_campaign("orange"), a_campaign("orange")], ["opened orange"]),
        ([a_campaign("orange"), a_campaign("blue"), a_campaign("orange")], ["opened orange"]),
        ([a_campaign("blue"), a_campaign("blue", "closed")], ["opened blue", "resolved blue"]),
        ([a_campaign("blue"), a_campaign("blue", "merged")], ["opened blue", "resolved blue"]),
        ([a_campaign("blue", "closed")], []),
        (
            [a_campaign(), a_campaign("blue", "closed"), a_campaign(revision=2)],
            ["opened blue", "resolved blue", "opened blue"],
        ),
    ],
)
def test_only_what_is_news_is_told(steps: list[CampaignRevision], expected: list[str]) -> None:
    assert told(*steps) == expected


def test_what_one_record_opens_and_merges_is_not_told() -> None:
    opened, merged = a_campaign(), a_campaign(state="merged", revision=1)
    assert [one.subject for one in alerts().see([opened, merged, a_campaign(name="c2")])] == ["c2"]


def test_an_incident_keeps_its_name_while_events_have_their_own() -> None:
    desk = alerts()
    events = [
        one
        for step in (a_campaign(), a_campaign("red", revision=1), a_campaign(state="closed", revision=2))
        for one in desk.see([step])
    ]
    assert (len({one.incident for one in events}), len({one.id for one in events})) == (1, 3)


def test_what_was_told_before_a_restart_is_not_told_again() -> None:
    before = alerts()
    before.see([a_campaign()])
    after = CampaignAlerts(ZoneInfo("UTC"), lambda _: "all", before.told)
    assert after.see([a_campaign(revision=1)]) == []


def test_a_campaign_is_about_the_watchlist_that_its_words_match() -> None:
    matcher = WatchlistMatcher(
        (
            Watchlist(name="housing", title_zh="", title_en="", any=("房价",)),
            Watchlist(name="rail", title_zh="", title_en="", any=("#高铁",)),
        ),
        {},
    )
    subject = CampaignSubject(matcher)
    words = msgspec.structs.replace(a_campaign(), examples=("房价涨了", "房价真高"), targets=("#高铁",))
    assert subject(words) == "housing"
    assert subject(msgspec.structs.replace(words, examples=())) == "rail"
    assert subject(a_campaign()) == "all"
    assert subject(msgspec.structs.replace(words, examples=("房价涨了",))) == "housing"
    assert subject(msgspec.structs.replace(words, examples=("#高铁#", "房价"), targets=())) == "housing"


def test_a_campaign_is_told_from_its_first_record_on_not_from_its_opening() -> None:
    interval = Interval("sina_weibo:root", 60_000, 600_000)
    revision = msgspec.structs.replace(a_campaign(), opened_at=300_000, intervals=(interval,))
    (alert,) = alerts().see([revision])
    assert alert.window_start == 60_000
    assert "1970-01-01 08:01" in alert.sentence_en
    assert "1970-01-01 08:01" in alert.sentence_zh


def test_a_campaign_taken_back_is_told_as_none_without_figures() -> None:
    desk = alerts()
    desk.see([a_campaign("yellow")])
    none_left = msgspec.structs.replace(
        a_campaign(state="closed", revision=1), records=0, accounts=0, intervals=(), members=()
    )
    (alert,) = desk.see([none_left])
    assert (alert.state, alert.level) == ("resolved", "yellow")
    assert "taken back" in alert.sentence_en
    assert "已撤回" in alert.sentence_zh
    for sentence in (alert.sentence_en, alert.sentence_zh):
        assert " 0 " not in sentence


def test_a_campaign_that_was_told_is_told_to_end_also_where_the_rule_was_switched_off() -> None:
    before = alerts()
    before.see([a_campaign()])
    off = CampaignAlerts(ZoneInfo("UTC"), lambda _: "all", before.told, enabled=False)
    assert off.see([a_campaign("red", revision=1), a_campaign(name="c2")]) == []
    (ended,) = off.see([a_campaign(state="closed", revision=2)])
    assert (ended.state, ended.incident) == ("resolved", "campaign:c1:000000")
    assert list(off.incidents()) == []


def test_a_campaign_that_goes_on_is_not_forgotten_for_those_that_are_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("monitor.alerts.campaigns.MAX_TOLD", 10)
    desk = alerts()
    desk.see([a_campaign(name="long")])
    for number in range(30):
        for state in ("open", "closed"):
            desk.see([a_campaign(name=f"c{number}", state=state)])
    assert len(desk.told) == 10
    assert [one.state for one in desk.see([a_campaign(name="long", state="closed", revision=1)])] == [
        "resolved"
    ]
