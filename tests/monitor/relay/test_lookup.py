"""Where the relay looks alerts up, and where its links lead."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from monitor.composition import open_reader
from monitor.console.search_state import state_of
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from monitor.relay.links import evidence_link
from monitor.relay.lookup import Place, StoredAlertLog
from tests.testkit.alerts import an_alert

CONSOLE = "https://console.example.org/"


def test_the_events_of_a_place_are_found_oldest_first(tmp_path: Path) -> None:
    late = an_alert("red", id="late", at=2, rule="surge")
    early = an_alert("blue", id="early", at=1, rule="surge")
    elsewhere = an_alert("blue", id="elsewhere", rule="surge", watchlist="transport")
    with SqliteStore(tmp_path, ()) as store:
        index = SqliteIndex(store)
        with store.transaction():
            index.put_alerts([late, early, elsewhere])
    log = StoredAlertLog(open_reader(tmp_path))
    assert log.events(Place("surge", "housing", "sina_weibo")) == [early, late]


def test_campaigns_about_a_watchlist_are_found_whatever_their_platform(tmp_path: Path) -> None:
    one = an_alert("orange", id="1", at=1)
    other = an_alert("orange", id="2", at=2, platform="all")
    elsewhere = an_alert("orange", id="3", watchlist="transport")
    opinion = an_alert("blue", id="4")
    with SqliteStore(tmp_path, ()) as store:
        index = SqliteIndex(store)
        with store.transaction():
            index.put_alerts([one, other, elsewhere, opinion])
    assert StoredAlertLog(open_reader(tmp_path)).campaigns("housing") == [one, other]


def test_a_link_leads_to_what_was_said_in_the_window() -> None:
    alert = an_alert("blue", window_start=1_323_088_200_000, window_end=1_323_088_800_000)
    parts = urlsplit(evidence_link(CONSOLE, alert))
    state = state_of(dict(parse_qsl(parts.query)))
    assert (parts.netloc, parts.path) == ("console.example.org", "/search")
    assert state.q == "watchlist:housing platform:sina_weibo"
    assert (state.after, state.before) == (1_323_088_200_000, 1_323_088_800_000)


def test_a_link_about_a_campaign_leads_to_its_evidence() -> None:
    assert evidence_link(CONSOLE, an_alert(campaigns=("c1",))) == "https://console.example.org/campaigns/c1"


def test_without_a_console_there_is_no_link() -> None:
    assert evidence_link("", an_alert()) == ""
