"""Names of indices follow from event time, and mappings name every field that is stored."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.port import Alert
from monitor.campaigns.judgements import Judgement
from monitor.campaigns.port import CampaignRevision
from monitor.errors import SettingsError
from monitor.index.elasticsearch_schema import Family, Layout, engine_id
from monitor.index.elasticsearch_stored import CampaignSummary, StoredDocument, StoredFigure, StoredLetter


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("at", "month", "day"),
    [
        ("2011-12-31T23:59:59.999+00:00", "opinions-2011.12", "opinions-2011.12.31"),
        ("2012-01-01T00:00:00+00:00", "opinions-2012.01", "opinions-2012.01.01"),
        ("2012-01-01T07:59:59+08:00", "opinions-2011.12", "opinions-2011.12.31"),
        ("2009-01-01T00:00:00+00:00", "opinions-2009.01", "opinions-2009.01.01"),
        ("2008-12-31T23:59:59.999+00:00", "opinions-older", "opinions-older"),
        ("1990-01-01T00:00:00+00:00", "opinions-older", "opinions-older"),
    ],
)
def test_a_document_lies_in_the_index_of_its_month_or_day_in_universal_time(
    at: str, month: str, day: str
) -> None:
    assert Layout().index("opinions", moment(at)) == month
    assert Layout(period="day").index("opinions", moment(at)) == day


@given(st.integers(moment("2009-01-01T00:00:00+00:00"), moment("2100-01-01T00:00:00+00:00")))
def test_the_name_of_an_index_says_its_month(at: int) -> None:
    expected = datetime.fromtimestamp(at // 1000, UTC).strftime("x-figures-%Y.%m")
    assert Layout(prefix="x-").index("figures", at) == expected


@pytest.mark.parametrize(
    ("family", "stored"),
    [
        ("opinions", StoredDocument),
        ("figures", StoredFigure),
        ("campaigns", CampaignRevision),
        ("campaign-summaries", CampaignSummary),
        ("alerts", Alert),
        ("judgements", Judgement),
        ("dead-letters", StoredLetter),
    ],
)
def test_a_strict_mapping_names_every_stored_field_and_no_other(
    family: Family, stored: type[msgspec.Struct]
) -> None:
    template = Layout().template(family)["template"]
    assert isinstance(template, dict)
    assert template["mappings"]["dynamic"] == "strict"
    assert set(template["mappings"]["properties"]) == set(stored.__struct_fields__)


def test_templates_of_other_settings_carry_another_mark() -> None:
    assert Layout(shards=2).template_digest("opinions") != Layout().template_digest("opinions")


def test_the_mark_of_an_index_does_not_follow_from_settings_that_may_change() -> None:
    assert Layout(shards=2).mapping_digest("opinions") == Layout().mapping_digest("opinions")


@pytest.mark.parametrize("prefix", ["Upper-", "-x", "_x", "a b", "a*", "水"])
def test_a_prefix_that_no_index_may_have_is_refused(prefix: str) -> None:
    with pytest.raises(SettingsError, match="index prefix"):
        Layout(prefix=prefix)


@given(st.text(max_size=400))
def test_the_engine_takes_every_id_and_short_ones_stay_as_they_are(identity: str) -> None:
    made = engine_id(identity)
    assert len(made.encode()) <= 512
    assert (made == identity) == (len(identity.encode()) <= 512)
