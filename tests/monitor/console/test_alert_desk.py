"""What staff look up about alerts, and the searches that show what they stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.port import RULES, Alert
from monitor.campaigns.port import LEVELS
from monitor.console.alert_desk import alert_address, alert_query, records_of, telling
from monitor.console.search_state import SearchState, state_of
from monitor.errors import QueryError
from monitor.index.lists import LARGEST_LIST, AlertQuery
from tests.testkit.console import ZONE, TestConsole, a_console
from tests.testkit.documents import NOON, a_document, an_alert

MINUTE = 60_000
TURN = msgspec.structs.replace(
    an_alert("t1", at=NOON + 30 * MINUTE),
    rule="negative_turn",
    incident="negative_turn:housing:sina_weibo:1",
    watchlist="housing",
    platform="sina_weibo",
    unit="ratio",
    figure=0.5,
    window_start=NOON,
    window_end=NOON + 30 * MINUTE,
)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestConsole]:
    documents = [
        a_document(
            f"sina_weibo:{number}",
            at=NOON + number * MINUTE,
            author=f"u{number}",
            watchlists=("housing",) if number % 2 else (),
            label="negative" if number % 3 == 0 else "neutral",
        )
        for number in range(60)
    ]
    over = msgspec.structs.replace(TURN, id="t2", at=NOON + 90 * MINUTE, state="resolved")
    with a_console(
        tmp_path_factory.mktemp("alerts"), documents, alerts=[TURN, over, an_alert("other")]
    ) as opened:
        yield opened


def test_an_incident_is_listed_once_and_opened_with_all_its_events(console: TestConsole) -> None:
    listed = console.console.alerts.list(AlertQuery()).alerts
    assert [(one.alert.id, one.alert.active) for one in listed] == [("t2", False), ("other", True)]
    page = console.console.alerts.incident(TURN.incident)
    assert page is not None
    assert ([one.id for one in page.events], page.alert.id) == (["t1", "t2"], "t2")
    assert console.console.alerts.incident("none") is None


def test_the_search_beside_an_alert_finds_the_records_of_its_window(console: TestConsole) -> None:
    found = console.console.desk.overview(records_of(TURN, ZONE))
    assert found.records == 15, "every other of the thirty minutes speaks of housing"
    negative = telling(TURN, ZONE)
    assert negative is not None
    assert console.console.desk.overview(negative).records == 5


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"rule": "surge"}, SearchState(q="watchlist:food", after=1, before=2)),
        ({"watchlist": "all"}, SearchState(q="", after=1, before=2)),
        ({"platform": "sina_weibo"}, SearchState(q="watchlist:food platform:sina_weibo", after=1, before=2)),
        ({"rule": "source_silent"}, SearchState(q="watchlist:food", before=2)),
        ({"rule": "campaign", "campaigns": ("c1", "c2")}, SearchState(q="campaign:c1")),
        ({"watchlist": "a b"}, SearchState(q='watchlist:"a b"', after=1, before=2)),
    ],
)
def test_the_search_says_what_the_alert_is_about(changes: dict[str, object], expected: SearchState) -> None:
    about = {"watchlist": "food", "window_start": 1, "window_end": 2} | changes
    alert = msgspec.structs.replace(an_alert(), **about)
    assert records_of(alert, ZONE) == expected
    assert (telling(alert, ZONE) is None) == (alert.rule not in {"negative_turn", "anger_turn"})


QUERIES = st.builds(
    AlertQuery,
    watchlist=st.none() | st.text("ab &=", min_size=1),
    rule=st.none() | st.sampled_from(RULES),
    level=st.none() | st.sampled_from(LEVELS),
    open=st.none() | st.booleans(),
    after=st.none() | st.integers(-86_400_000, 7 * 10**12),
    limit=st.integers(1, LARGEST_LIST),
)


@given(QUERIES)
def test_a_list_stands_in_its_address(query: AlertQuery) -> None:
    address = alert_address(query)
    assert alert_query(dict(parse_qsl(address))) == query


@pytest.mark.parametrize(
    "given",
    [
        {"rule": "none"},
        {"level": "4"},
        {"open": "maybe"},
        {"after": "noon"},
    ],
)
def test_an_address_that_cannot_be_read_is_refused(given: dict[str, str]) -> None:
    ((name, value),) = given.items()
    with pytest.raises(QueryError, match=f"has {name}={value}, which it cannot have"):
        alert_query({"watchlist": "housing", **given})


@pytest.mark.parametrize("given", [{"after": "9007199254740991"}, {"before": "-62135625943000"}])
def test_a_time_that_no_page_can_show_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(QueryError, match=next(iter(given.values()))):
        alert_query(given)
    with pytest.raises(QueryError, match=next(iter(given.values()))):
        state_of(given)


def test_the_wall_shows_what_goes_on_before_what_ended(tmp_path: Path) -> None:
    def event(name: str, at: int, state: str = "opened") -> Alert:
        return msgspec.structs.replace(an_alert(f"{name}{state}", at=at), incident=name, state=state)

    day = 24 * 60 * MINUTE
    told = [
        event("days-old", NOON - 3 * day),
        event("ended", NOON - MINUTE, "resolved"),
        event("fresh", NOON - 2 * MINUTE),
        event("ended-long-ago", NOON - 2 * day, "resolved"),
    ]
    with a_console(tmp_path, [a_document(at=NOON)], alerts=told) as opened:
        wall = opened.console.wall.wall()
    assert [one.incident for one in wall.alerts] == ["fresh", "days-old", "ended"]
