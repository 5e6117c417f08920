"""Which revisions of a campaign people are told of."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import pytest

from monitor.alerts.rules import campaign_alert
from monitor.campaigns.port import CampaignRevision, CampaignState, Level
from tests.testkit.sightings import a_revision

ZONE = ZoneInfo("Asia/Shanghai")


def a_campaign(level: Level = "blue", state: CampaignState = "open") -> CampaignRevision:
    return msgspec.structs.replace(a_revision("c1"), level=level, state=state)


def test_an_opened_campaign_fires_with_figures_in_both_languages() -> None:
    alert = campaign_alert(None, a_campaign("yellow"), ZONE)
    assert alert is not None
    assert (alert.id, alert.state, alert.level) == ("campaign:c1:000000:opened", "firing", "yellow")
    assert "1970-01-01T08:00:00+08:00" in alert.sentence_en
    assert "黄色" in alert.sentence_zh


@pytest.mark.parametrize(
    ("before", "after", "event"),
    [
        (a_campaign("blue"), a_campaign("orange"), "risen-orange"),
        (a_campaign("orange"), a_campaign("orange"), None),
        (a_campaign("orange"), a_campaign("blue"), None),
        (a_campaign("blue"), a_campaign("blue", "closed"), "closed"),
        (a_campaign("blue"), a_campaign("blue", "merged"), "merged"),
        (a_campaign("blue", "closed"), a_campaign("blue", "closed"), None),
        (a_campaign("blue", "closed"), a_campaign("blue"), "reopened"),
        (None, a_campaign("blue", "closed"), None),
    ],
)
def test_only_what_is_news_is_told(
    before: CampaignRevision | None, after: CampaignRevision, event: str | None
) -> None:
    alert = campaign_alert(before, after, ZONE)
    assert (alert.id if alert else None) == (f"campaign:c1:000000:{event}" if event else None)


def test_the_same_event_is_the_same_alert() -> None:
    once, again = (campaign_alert(None, a_campaign(), ZONE) for _ in range(2))
    assert once == again
