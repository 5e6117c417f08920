"""What counts as found, missed and false, on small hand-made ledgers."""

from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from monitor.campaigns.port import CampaignRevision, Interval, Membership
from streams.sources.simulator import (
    DetectedCampaign,
    DetectedInterval,
    Totals,
    Truth,
    TruthEntry,
    TruthInterval,
    detections,
    evaluate,
    read_truth,
    write_simulation,
)
from streams.sources.simulator.scene import EpisodeKind


def moment(clock: str) -> datetime:
    return datetime.fromisoformat(f"2011-12-05T{clock}+08:00")


def ms(clock: str) -> int:
    return int(moment(clock).timestamp() * 1000)


def an_episode(
    name: str,
    kind: EpisodeKind = "copy_paste",
    target: str = "sina_weibo:1",
    records: tuple[str, ...] = (),
    start: str = "12:00:00",
    end: str = "12:10:00",
) -> TruthEntry:
    organic = kind not in {"copy_paste", "recycled_pool", "empty_reposts"}
    first, last = f"2011-12-05T{start}+08:00", f"2011-12-05T{end}+08:00"
    return TruthEntry(
        id=name,
        kind=kind,
        label="organic" if organic else "coordinated",
        targets=(target,),
        start=first,
        end=last,
        accounts=40,
        records=records,
        intervals=(TruthInterval(target, first, last),),
    )


def a_truth(*entries: TruthEntry) -> Truth:
    return Truth(entries, Totals(0, {}, {}, {}, {}))


def a_detection(
    start: str, end: str, target: str = "sina_weibo:1", records: tuple[str, ...] = ()
) -> DetectedCampaign:
    seen = DetectedInterval(target, moment(start), moment(end))
    return DetectedCampaign((target,), moment(start), None, (seen,), frozenset(records))


def a_revision(
    name: str, revision: int, members: dict[str, int], merged_into: str | None = None
) -> CampaignRevision:
    return CampaignRevision(
        id=name,
        revision=revision,
        state="merged" if merged_into else "open",
        level="blue",
        score=0.5,
        targets=("sina_weibo:1",),
        opened_at=ms("12:00:00"),
        last_seen_at=ms("12:00:00"),
        closed_at=None,
        accounts=1,
        records=1,
        signals={},
        against={},
        intervals=(Interval("sina_weibo:1", ms("12:00:00"), ms("12:01:00")),),
        examples=(),
        members=tuple(Membership(key, name, revision, milli) for key, milli in members.items()),
        merged_into=merged_into,
    )


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("12:05:00", "12:20:00", True),
        ("11:50:00", "11:56:00", True),
        ("11:50:00", "11:54:00", False),
        ("12:11:00", "12:20:00", False),
    ],
)
def test_place_and_time_decide_with_five_minutes_before_the_start(start: str, end: str, found: bool) -> None:
    result = evaluate([a_detection(start, end)], a_truth(an_episode("a")))
    assert (result.found, result.recall) == ((1, 1.0) if found else (0, 0.0))


def test_the_same_time_on_another_target_finds_nothing() -> None:
    result = evaluate([a_detection("12:01:00", "12:02:00", "#tag")], a_truth(an_episode("a")))
    assert result.missed == ("a",)


def test_members_decide_against_place_and_time() -> None:
    episode = an_episode("a", records=("sina_weibo:7",))
    wrong = a_detection("12:01:00", "12:02:00", records=("sina_weibo:8", "sina_weibo:9"))
    assert evaluate([wrong], a_truth(episode)).precision == 0.0


def test_members_find_a_campaign_whose_target_the_detector_calls_otherwise() -> None:
    episode = an_episode("a", records=("sina_weibo:7", "sina_weibo:8"))
    by_text = a_detection(
        "12:01:00", "12:02:00", "text:abc", ("sina_weibo:7", "sina_weibo:8", "sina_weibo:9")
    )
    assert evaluate([by_text], a_truth(episode)).found == 1


def test_half_of_the_members_are_not_enough() -> None:
    episode = an_episode("a", records=("sina_weibo:7",))
    half = a_detection("12:01:00", "12:02:00", records=("sina_weibo:7", "sina_weibo:9"))
    assert evaluate([half], a_truth(episode)).found == 0


def test_a_campaign_with_a_twentieth_of_the_members_is_not_found_by_them() -> None:
    large = an_episode("large", records=tuple(f"sina_weibo:{number}" for number in range(19)))
    small = an_episode("small", records=("sina_weibo:99",))
    both = a_detection("12:01:00", "12:02:00", records=(*large.records, *small.records))
    assert evaluate([both], a_truth(large, small)).missed == ("small",)


def test_two_detections_of_one_campaign_are_both_right_and_find_one() -> None:
    twice = [a_detection("12:01:00", "12:02:00"), a_detection("12:05:00", "12:06:00")]
    result = evaluate(twice, a_truth(an_episode("a"), an_episode("b", target="#other")))
    assert (result.precision, result.recall) == (1.0, 0.5)


def test_a_false_alarm_is_put_down_to_the_event_it_mistook() -> None:
    truth = a_truth(an_episode("news", "breaking_news", target="#news"))
    alarms = [a_detection("12:01:00", "12:02:00", "#news"), a_detection("12:01:00", "12:02:00", "#talk")]
    assert evaluate(alarms, truth).false_alarms == {"breaking_news": 1, "ordinary": 1}


def test_an_organic_event_is_never_a_campaign_to_be_found() -> None:
    result = evaluate([], a_truth(an_episode("news", "breaking_news")))
    assert (result.campaigns, result.recall) == (0, None)


def test_recall_is_told_by_kind() -> None:
    truth = a_truth(an_episode("a"), an_episode("b", "recycled_pool", target="#other"))
    by_kind = evaluate([a_detection("12:01:00", "12:02:00")], truth).by_kind
    assert {kind: result.recall for kind, result in by_kind.items()} == {
        "copy_paste": 1.0,
        "recycled_pool": 0.0,
    }


def test_the_delay_is_that_of_the_earliest_detection() -> None:
    found = [a_detection("12:05:00", "12:06:00"), a_detection("12:01:00", "12:02:00")]
    assert evaluate(found, a_truth(an_episode("a"))).by_kind["copy_paste"].median_delay_seconds == 60.0


def test_a_revision_s_times_are_kept() -> None:
    (campaign,) = detections([a_revision("c", 1, {})])
    assert (campaign.opened_at, campaign.intervals[0].end) == (moment("12:00:00"), moment("12:01:00"))


def test_a_campaign_that_goes_on_overlaps_what_comes_after_its_start() -> None:
    seen = DetectedInterval("sina_weibo:1", moment("11:00:00"), None)
    lasting = DetectedCampaign(("sina_weibo:1",), moment("11:00:00"), None, (seen,))
    assert evaluate([lasting], a_truth(an_episode("a"))).found == 1


def test_nothing_detected_has_no_precision() -> None:
    assert evaluate([], a_truth(an_episode("a"))).precision is None


def test_the_last_revision_s_word_on_a_member_holds() -> None:
    revisions = [a_revision("c", 1, {"x": 900, "y": 900}), a_revision("c", 2, {"x": 0, "z": 500})]
    assert [campaign.records for campaign in detections(revisions)] == [{"y", "z"}]


def test_a_merged_campaign_is_counted_with_the_one_it_was_merged_into() -> None:
    revisions = [a_revision("a", 1, {"x": 900}), a_revision("b", 1, {"y": 900}), a_revision("b", 2, {}, "a")]
    assert [campaign.records for campaign in detections(revisions)] == [{"x", "y"}]


def test_a_detector_that_knows_the_truth_is_perfect(tmp_path: Path) -> None:
    write_simulation(tmp_path, 1, 3, 20_000)
    truth = read_truth(tmp_path / "truth.jsonl")
    oracle = [
        DetectedCampaign(entry.targets, moment("00:00:00"), None, (), frozenset(entry.records))
        for entry in truth.coordinated()
    ]
    result = evaluate(oracle, truth)
    assert (result.precision, result.recall, result.missed) == (1.0, 1.0, ())


def test_an_evaluation_can_be_written_as_json() -> None:
    written = msgspec.json.encode(evaluate([], a_truth(an_episode("a"))))
    assert msgspec.json.decode(written)["missed"] == ["a"]
