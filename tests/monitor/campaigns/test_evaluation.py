"""Matching alarms with judged episodes."""

from __future__ import annotations

import msgspec
import pytest

from monitor.campaigns.evaluation import CUT_MS, SLACK_MS, Episode, Recall, alarms_of, evaluate, read_episodes
from monitor.campaigns.port import CampaignRevision, Interval
from monitor.errors import SourceError
from tests.testkit.sightings import a_revision

HOUR = 3_600_000
TARGET = "sina_weibo:root"


def _campaign(start: int, end: int, target: str = TARGET, identity: str = "c1") -> CampaignRevision:
    revision = a_revision(identity, target=target, opened_at=start + 1_000)
    return msgspec.structs.replace(revision, intervals=(Interval(target, start, end),))


def _episode(start: int, end: int, label: str = "coordinated") -> Episode:
    return msgspec.convert(
        {"target": TARGET, "start": start, "end": end, "label": label, "subtype": "burst"}, Episode
    )


def test_an_alarm_that_overlaps_an_episode_finds_it() -> None:
    result = evaluate([_campaign(10, 90)], [_episode(50, 200)], 1_000)
    assert result.recall["burst"].found == 1
    assert not result.further_alarms


def test_an_alarm_shortly_before_an_episode_finds_it_too() -> None:
    start = 10 * HOUR
    before = _campaign(start - SLACK_MS - HOUR, start - SLACK_MS)
    assert evaluate([before], [_episode(start, start + HOUR)], 1_000).recall["burst"].found == 1


def test_an_episode_without_a_record_is_neither_found_nor_missed() -> None:
    here, elsewhere = _episode(50, 200), _episode(70 * HOUR, 71 * HOUR)
    result = evaluate([_campaign(10, 90)], [here, elsewhere], 1_000, has_records=lambda one: one is here)
    assert result.recall["burst"] == Recall(episodes=1, found=1)
    assert result.absent == (f"{TARGET} burst",)
    assert not result.missed


def test_an_alarm_on_another_target_finds_nothing() -> None:
    result = evaluate([_campaign(10, 90, target="#tag")], [_episode(50, 200)], 1_000)
    assert result.missed
    assert len(result.further_alarms) == 1


def test_an_alarm_is_cut_at_two_hours() -> None:
    result = evaluate([_campaign(0, 9 * HOUR)], [_episode(5 * HOUR, 6 * HOUR)], 1_000)
    assert result.recall["burst"].found == 0
    assert next(alarms_of([_campaign(0, 9 * HOUR)])).end == CUT_MS


def test_only_the_first_interval_of_a_target_is_an_alarm() -> None:
    first, second = Interval(TARGET, 0, 10), Interval(TARGET, 50 * HOUR, 51 * HOUR)
    campaign = msgspec.structs.replace(_campaign(0, 10), intervals=(first, second))
    assert [alarm.start for alarm in alarms_of([campaign])] == [0]


def test_a_campaign_that_was_taken_back_is_no_alarm() -> None:
    withdrawn = msgspec.structs.replace(_campaign(10, 90), state="closed", intervals=())
    assert list(alarms_of([withdrawn])) == []
    assert evaluate([withdrawn], [_episode(50, 200)], 1_000).recall["burst"].found == 0


def test_an_alarm_on_an_organic_episode_is_false() -> None:
    assert len(evaluate([_campaign(10, 90)], [_episode(50, 200, "organic")], 1_000).false_alarms) == 1


def test_an_alarm_on_an_ambiguous_episode_is_neither_right_nor_wrong() -> None:
    result = evaluate([_campaign(10, 90)], [_episode(50, 200, "ambiguous")], 1_000)
    assert not result.false_alarms
    assert not result.further_alarms


def test_the_delay_runs_from_the_tenth_record() -> None:
    result = evaluate([_campaign(0, 90_000)], [_episode(0, 90_000)], 1_000, lambda _: 400)
    assert result.median_delay_seconds == 0.6


def test_a_campaign_on_one_cascade_and_its_hashtag_is_one_further_alarm() -> None:
    both = msgspec.structs.replace(
        _campaign(0, 10),
        targets=(TARGET, "#tag"),
        intervals=(Interval(TARGET, 0, 10), Interval("#tag", 0, 10)),
    )
    assert [alarm.target for alarm in evaluate([both], [], 1_000).further_alarms] == [TARGET]


def test_a_line_that_is_no_episode_is_named() -> None:
    with pytest.raises(SourceError, match="line 2"):
        read_episodes([b"", b'{"root_id": 7}'], "episodes.jsonl")


def _on_several(start: int, end: int, *targets: str, identity: str = "c1") -> CampaignRevision:
    one = _campaign(start, end, targets[0], identity)
    return msgspec.structs.replace(
        one, targets=targets, intervals=tuple(Interval(target, start, end) for target in targets)
    )


@pytest.mark.parametrize("targets", [(TARGET, "#tag"), ("#tag", TARGET)])
@pytest.mark.parametrize("label", ["coordinated", "ambiguous", "organic"])
def test_a_campaign_that_an_episode_speaks_of_is_no_further_alarm(
    targets: tuple[str, ...], label: str
) -> None:
    result = evaluate([_on_several(10, 90, *targets)], [_episode(50, 200, label)], 1_000)
    assert result.further_alarms == ()


@pytest.mark.parametrize(
    ("targets", "further"),
    [
        (("sina_weibo:a", "#tag"), ["sina_weibo:a"]),
        (("#tag", "sina_weibo:a"), ["sina_weibo:a"]),
        (("#tag", "link:x"), ["#tag"]),
        (("#tag", "sina_weibo:a", "sina_weibo:b"), ["sina_weibo:a", "sina_weibo:b"]),
    ],
)
def test_further_alarms_do_not_depend_on_the_order_of_targets(
    targets: tuple[str, ...], further: list[str]
) -> None:
    result = evaluate([_on_several(10, 90, *targets)], [], 1_000)
    assert [alarm.target for alarm in result.further_alarms] == further


def test_a_campaign_that_went_on_elsewhere_before_has_no_delay_here() -> None:
    start = 100 * HOUR
    old = msgspec.structs.replace(_campaign(start, start + HOUR), opened_at=HOUR)
    result = evaluate([old], [_episode(start, start + HOUR)], 1_000, lambda _: start + 60_000)
    assert (result.recall["burst"].found, result.median_delay_seconds) == (1, None)
    new = _campaign(start, start + HOUR)
    assert evaluate([new], [_episode(start, start + HOUR)], 1_000, lambda _: start).median_delay_seconds == 1


def test_two_alarms_on_one_organic_episode_are_one_episode() -> None:
    alarms = [_campaign(10, 90), _campaign(20, 95, identity="c2")]
    result = evaluate(alarms, [_episode(50, 200, "organic")], 1_000)
    assert (len(result.false_alarms), result.organic_alarmed, result.organic) == (2, 1, 1)


@pytest.mark.parametrize(
    "line",
    [
        b'{"root_id":"x\xff","start":"2014-01-07T10:55:04+08:00","end":"2014-01-07T10:56:09+08:00","label":"organic","subtype":"y"}',
        b'{"root_id":"x","start":"2014-01-07T10:55:04","end":"2014-01-07T10:56:09+08:00","label":"organic","subtype":"y"}',
        b'{"root_id":"x","start":"0001-01-01T00:00:00","end":"0001-01-01T00:00:00","label":"organic","subtype":"y"}',
        b'{"root_id":"x","start":"2014-01-07T10:57:04+08:00","end":"2014-01-07T10:56:09+08:00","label":"organic","subtype":"y"}',
    ],
)
def test_an_episode_whose_text_or_time_cannot_be_is_named(line: bytes) -> None:
    with pytest.raises(SourceError, match="line 1: not an episode"):
        read_episodes([line], "episodes")
