"""Where the relay looks alerts up, and where its links lead."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from monitor.alerts.port import Alert
from monitor.composition import open_reader
from monitor.console.alert_desk import alert_query
from monitor.index.lists import AlertQuery
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from monitor.relay.links import alerts_link, evidence_link
from monitor.relay.lookup import Place, StoredAlertLog
from tests.testkit.alerts import an_alert
from tests.testkit.console import a_console

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


@pytest.mark.parametrize(
    "alert", [an_alert(), an_alert(incident="surge:housing:sina_weibo:1"), an_alert(id="a/b")]
)
def test_a_link_leads_to_the_page_of_the_alert(tmp_path: Path, alert: Alert) -> None:
    parts = urlsplit(evidence_link(CONSOLE, alert))
    assert parts.netloc == "console.example.org"
    with a_console(tmp_path, alerts=[alert]) as opened:
        page = opened.console.alerts.incident(unquote(parts.path.removeprefix("/alerts/")))
    assert page is not None
    assert page.alert == alert


def test_a_mail_without_figures_leads_to_what_goes_on() -> None:
    parts = urlsplit(alerts_link(CONSOLE))
    assert (parts.path, alert_query(dict(parse_qsl(parts.query)))) == ("/alerts", AlertQuery(open=True))
    assert alerts_link("") == ""


def test_without_a_console_there_is_no_link() -> None:
    assert evidence_link("", an_alert()) == ""
