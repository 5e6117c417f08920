"""Levels follow from size, duration and the share of the target's voice; those of joined campaigns too."""

from __future__ import annotations

import msgspec
import pytest

from monitor.campaigns.background import Background
from monitor.campaigns.detector import SlotDetector
from monitor.campaigns.joiner import CampaignsJoiner
from monitor.campaigns.levels import level_of
from monitor.campaigns.port import CampaignRevision, Details, Interval, Level, Sighting
from tests.testkit.sightings import a_revision, a_sighting

HOUR = 3_600_000
COPY = "这款面膜真的特别好用推荐给大家"
COPIES = (COPY, "昨天去的那家餐厅味道实在太好了", "楼下新开的健身房教练都很有耐心")


@pytest.mark.parametrize(
    ("accounts", "lasted", "records", "voice", "level"),
    [
        (59, 0, 59, 1_000, "blue"),
        (60, 0, 60, 1_000, "yellow"),
        (250, 0, 250, 1_000, "orange"),
        (1_000, 0, 1_000, 10_000, "red"),
        (29, 6 * HOUR, 29, 1_000, "blue"),
        (30, 6 * HOUR, 30, 1_000, "yellow"),
        (100, 0, 100, 150, "orange"),
        (100, 0, 100, 151, "yellow"),
        (100, 0, 100, 0, "yellow"),
        (99, 0, 99, 99, "yellow"),
        (2_000, 7 * HOUR, 2_000, 2_000, "red"),
    ],
)
def test_a_level_follows_from_size_duration_and_voice(
    accounts: int, lasted: int, records: int, voice: int, level: Level
) -> None:
    assert level_of(accounts, lasted, records, voice) == level


def _part(number: int, accounts: list[str], level: Level = "yellow") -> CampaignRevision:
    """A part of one campaign, joined to the others by the texts that it recycles."""
    named = Details(accounts=tuple(accounts[:200]), phrases=(1, 2, 3))
    one = a_revision(f"c{number}", target=f"sina_weibo:root{number}", opened_at=number * 1_000)
    return msgspec.structs.replace(
        one, level=level, accounts=len(accounts), records=len(accounts), details=named
    )


def _whole(parts: list[CampaignRevision]) -> CampaignRevision:
    joiner = CampaignsJoiner()
    return [told for part in parts for told in joiner.see(part) if told.state != "merged"][-1]


def _names(count: int, first: int) -> list[str]:
    return [f"u{number}" for number in range(first, first + count)]


def test_eleven_hundred_accounts_on_many_small_targets_are_red() -> None:
    whole = _whole([_part(number, _names(55, number * 55), "blue") for number in range(20)])
    assert whole.accounts == pytest.approx(1_100, rel=0.1)
    assert whole.level == "red"


def test_accounts_that_a_part_does_not_name_count_for_the_whole() -> None:
    detector, joiner = SlotDetector(Background({})), CampaignsJoiner()
    told = []
    for target in range(4):
        for at in range(400):
            seen = a_sighting(
                own=COPIES[at % len(COPIES)],
                at=target * 10_000 + at * 50,
                object=f"sina_weibo:root{target}",
                author=f"u{target}.{at}",
                record=f"r{target}.{at:03}",
            )
            seen = msgspec.structs.replace(seen, cascade=seen.object)
            told += [whole for part in detector.see(seen) for whole in joiner.see(part)]
    assert told[-1].accounts == pytest.approx(1_600, rel=0.2)
    assert told[-1].level == "red"


def test_the_same_accounts_on_many_targets_count_once() -> None:
    whole = _whole([_part(number, _names(100, 0)) for number in range(15)])
    assert whole.accounts == 100
    assert whole.level == "yellow"


def test_a_whole_is_no_less_grave_than_any_part() -> None:
    assert _whole([_part(0, _names(10, 0), "orange"), _part(1, _names(10, 0), "blue")]).level == "orange"


def test_a_whole_lasts_from_its_first_record_to_its_last() -> None:
    def acting(number: int, start: int) -> CampaignRevision:
        part = _part(number, _names(12, 12 * number), "blue")
        interval = Interval(part.targets[0], start, start + HOUR)
        return msgspec.structs.replace(
            part, opened_at=start, last_seen_at=start + HOUR, intervals=(interval,)
        )

    assert _whole([acting(0, 0), acting(1, 2 * HOUR)]).level == "blue"
    assert _whole([acting(0, 0), acting(1, 2 * HOUR), acting(2, 5 * HOUR)]).level == "yellow"


def _seen(sightings: list[Sighting]) -> list[CampaignRevision]:
    detector = SlotDetector(Background({}))
    ordered = sorted(sightings, key=lambda one: (one.at, one.record))
    return [revision for one in ordered for revision in detector.see(one)]


def _copies(count: int, gap_ms: int = 2_000) -> list[Sighting]:
    return [a_sighting(own=COPY, at=1 + at * gap_ms, record=f"c{at:03}") for at in range(count)]


def _others(count: int, gap_ms: int = 2_000) -> list[Sighting]:
    texts = [
        "".join(chr(0x4E00 + (at * 97 + at * place * 31) % 5_000) for place in range(12))
        for at in range(count)
    ]
    return [a_sighting(own=own, at=2 + at * gap_ms, record=f"o{at:03}") for at, own in enumerate(texts)]


def test_what_others_wrote_before_the_campaign_was_opened_is_part_of_the_voice() -> None:
    talk = _copies(160) + _others(94, gap_ms=3_404)
    last = _seen(talk)[-1]
    assert last.records >= 100
    assert last.details.voice == pytest.approx(last.records * len(talk) / 160, rel=0.03)
    assert last.level == "yellow"


def test_a_campaign_that_outvoices_all_others_is_graver() -> None:
    last = _seen(_copies(120) + _others(30, gap_ms=8_000))[-1]
    assert last.level == "orange"


def test_a_campaign_with_no_target_but_its_words_takes_no_share_of_a_voice() -> None:
    talk = [
        msgspec.structs.replace(one, object="text:0", cascade=one.record, kind="post") for one in _copies(120)
    ]
    last = _seen(talk)[-1]
    assert last.accounts >= 100
    assert (last.details.voice, last.level) == (0, "yellow")
