"""Wake-ups become notices once, with what the index says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import yaml

from monitor.alerts.notices import OPERATIONS_WORDS, composed
from monitor.alerts.port import Alert, AlertState
from monitor.campaigns.port import Level
from monitor.errors import StoreError
from monitor.relay.desk import Desk, DeskOptions
from monitor.relay.lookup import Place
from monitor.relay.spool import Spool, Wake
from tests.testkit.alerts import TITLES, a_wake, an_alert
from tests.testkit.program import ROOT

NOW = 1_000_000.0
PATIENCE = 60.0
DAY = 86_400.0


class Office:
    """A desk with an index that a test writes, and one channel."""

    def __init__(self, folder: Path) -> None:
        self.events: list[Alert] = []
        self.away = False
        self.asked = 0
        self.spool = Spool(folder / "relay.db")
        options = DeskOptions(teams={"duty": ["robot"]}, titles=TITLES, link=lambda alert: f"/{alert.id}")
        self.desk = Desk(self.spool, _Log(self), options, lambda _: None)
        self.now = NOW

    def wake(self, wake: Wake, after: float = 0.0) -> None:
        self.spool.woken("duty", [wake], self.now, PATIENCE)
        self.work(after)

    def work(self, after: float = 0.0) -> None:
        self.now += after
        self.desk.work(self.now)

    def kept(self) -> set[str]:
        """The events that it knows to be told."""
        everything = [event.id for event in (OPENED, RISEN, FALLEN, ENDED, SECOND)]
        return set(everything) - self.spool.untold("duty", everything, self.now)

    def told(self) -> list[str]:
        """What the channel was told since the last call, and takes."""
        found: list[str] = []
        while deliveries := self.spool.next("robot"):
            self.spool.sent(deliveries, self.now)
            found += [f"{one.notice.key} {one.notice.state} x{one.notice.heat}" for one in deliveries]
        return found


class _Log:
    """The index, as the office has it."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def events(self, place: Place) -> list[Alert]:
        self._office.asked += 1
        if self._office.away:
            raise StoreError("away")
        return [
            event
            for event in self._office.events
            if (event.rule, event.watchlist, event.platform) == (place.rule, place.watchlist, place.platform)
        ]

    def campaigns(self, watchlist: str) -> list[Alert]:
        return [
            event for event in self._office.events if (event.rule, event.watchlist) == ("campaign", watchlist)
        ]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.spool.close()


OPENED = an_alert("blue", rule="surge", incident="i1", id="i1:1", at=1)
RISEN = an_alert("red", rule="surge", incident="i1", id="i1:2", at=2, state="escalated")
FALLEN = an_alert("yellow", rule="surge", incident="i1", id="i1:3", at=3, state="de-escalated")
ENDED = an_alert("red", rule="surge", incident="i1", id="i1:4", at=4, state="resolved")
SECOND = an_alert("blue", rule="surge", incident="i2", id="i2:1", at=5)


def test_a_level_is_told_once_however_often_alertmanager_wakes(office: Office) -> None:
    office.events = [OPENED]
    for _ in range(3):
        office.wake(a_wake(OPENED), after=10)
    assert office.told() == ["i1:1:blue opened x1"]


def test_every_change_of_level_is_told_once(office: Office) -> None:
    told: list[str] = []
    for number, event in enumerate((OPENED, RISEN, FALLEN, ENDED), start=1):
        office.events = [OPENED, RISEN, FALLEN, ENDED][:number]
        office.wake(a_wake(event, "resolved" if event is ENDED else "firing"), after=10)
        told += office.told()
    assert told == [
        "i1:1:blue opened x1", "i1:2:red escalated x1", "i1:3:yellow de-escalated x1", "i1:4:red resolved x1",
    ]  # fmt: skip


def test_what_happened_between_two_wake_ups_is_one_notice_with_its_heat(office: Office) -> None:
    office.events = [OPENED]
    office.wake(a_wake(OPENED))
    office.told()
    office.events = [OPENED, RISEN, FALLEN]
    office.wake(a_wake(FALLEN), after=10)
    assert office.told() == ["i1:3:yellow de-escalated x2"]


def test_a_resolution_that_the_index_does_not_know_is_not_told(office: Office) -> None:
    office.events = [OPENED]
    office.wake(a_wake(OPENED))
    office.told()
    office.wake(a_wake(OPENED, "resolved"))
    office.work(after=PATIENCE + 1)
    assert office.told() == []


def test_another_incident_under_the_same_labels_is_told_with_the_next_repeated_wake_up(
    office: Office,
) -> None:
    office.events = [OPENED]
    office.wake(a_wake(OPENED))
    office.told()
    office.events = [OPENED, SECOND]
    office.wake(a_wake(OPENED), after=60)
    assert office.told() == ["i2:1:blue opened x1"]


def test_an_event_that_is_indexed_late_is_waited_for(office: Office) -> None:
    office.wake(a_wake(OPENED))
    assert office.told() == []
    office.events = [OPENED]
    office.work(after=5)
    assert office.told() == ["i1:1:blue opened x1"]


def test_without_the_index_an_alert_is_told_without_figures_when_patience_ends(office: Office) -> None:
    office.away = True
    office.wake(a_wake(OPENED))
    office.work(after=PATIENCE - 1)
    assert office.told() == []
    office.work(after=2)
    (told,) = office.told()
    assert told.startswith("labels:")
    office.away, office.events = False, [OPENED]
    office.wake(a_wake(OPENED))
    assert office.told() == ["i1:1:blue opened x1"]


def test_an_index_that_is_away_is_asked_once_a_round_and_complained_of_once(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.away = True
    for watchlist in ("housing", "transport", "food_safety"):
        wake = a_wake(msgspec.structs.replace(OPENED, watchlist=watchlist))
        office.spool.woken("duty", [wake], office.now, PATIENCE)
    for _ in range(4):
        office.work(after=1)
    assert office.asked == 4
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_old_incidents_are_no_news_to_a_team_that_is_woken_for_the_first_time(office: Office) -> None:
    office.events = [OPENED, RISEN, FALLEN, ENDED, SECOND]
    office.wake(a_wake(SECOND))
    assert office.told() == ["i2:1:blue opened x1"]


def test_what_began_and_ended_while_a_team_was_not_to_be_woken_is_no_news_the_next_day(
    office: Office,
) -> None:
    """Told before the night, and for the first time the next day."""
    office.events = [OPENED, ENDED]
    office.wake(a_wake(OPENED))
    office.told()
    of_night = an_alert("red", rule="surge", incident="n", id="n:1", at=5)
    over = msgspec.structs.replace(of_night, id="n:2", at=6, state="resolved")
    office.events += [of_night, over, msgspec.structs.replace(SECOND, at=7)]
    office.wake(a_wake(SECOND), after=9 * 3_600)
    assert office.told() == ["i2:1:blue opened x1"]


def test_what_ended_while_a_team_was_not_to_be_woken_is_told_if_it_had_heard_of_it(office: Office) -> None:
    office.events = [OPENED]
    office.wake(a_wake(OPENED))
    office.told()
    office.events = [OPENED, ENDED, SECOND]
    office.wake(a_wake(SECOND), after=9 * 3_600)
    assert office.told() == ["i1:4:red resolved x1", "i2:1:blue opened x1"]


def test_what_is_short_is_told_to_a_team_that_is_woken_all_the_time(office: Office) -> None:
    office.events = [OPENED]
    office.wake(a_wake(OPENED))
    short = an_alert("blue", rule="surge", incident="s", id="s:1", at=5)
    over = msgspec.structs.replace(short, id="s:2", at=6, state="resolved")
    office.events += [short, over, msgspec.structs.replace(SECOND, at=7)]
    office.wake(a_wake(OPENED), after=60)
    assert office.told() == ["i1:1:blue opened x1", "s:2:blue resolved x2", "i2:1:blue opened x1"]


def test_a_season_later_what_can_be_looked_up_is_not_told_again_and_the_rest_is_forgotten(
    office: Office,
) -> None:
    office.events = [OPENED, RISEN, FALLEN]
    for _ in range(200):
        office.wake(a_wake(FALLEN), after=DAY)
        office.spool.prune(office.now)
    assert office.told() == ["i1:3:yellow de-escalated x3"]
    assert len(office.kept()) == 3
    office.events = [FALLEN]
    for _ in range(100):
        office.wake(a_wake(FALLEN), after=DAY)
        office.spool.prune(office.now)
    assert office.told() == []
    assert office.kept() == {FALLEN.id}


def test_what_is_wrong_with_the_pipeline_for_a_season_is_told_once(office: Office) -> None:
    told: list[str] = []
    for status in (*["firing"] * 100, "resolved"):
        office.wake(an_operations_wake(status), after=DAY)
        office.spool.prune(office.now)
        told += [line.split(" ")[1] for line in office.told()]
    assert told == ["firing", "resolved"]


def test_another_team_is_told_for_itself(office: Office) -> None:
    office.events = [OPENED]
    office.spool.woken("other", [a_wake(OPENED)], office.now, PATIENCE)
    office.work()
    assert office.told() == []
    office.wake(a_wake(OPENED))
    assert office.told() == ["i1:1:blue opened x1"]


def an_operations_wake(status: str) -> Wake:
    labels = {"kind": "operations", "alertname": "RoleDown", "instance": "detect:9300"}
    annotations = {"summary_zh": "detect:9300 没有响应。", "summary_en": "detect:9300 does not answer."}
    return Wake(status, labels, annotations, "2011-12-05T12:30:00Z", "f1")


def test_what_is_wrong_with_the_pipeline_is_told_when_it_begins_and_when_it_ends(office: Office) -> None:
    told: list[str] = []
    for status in ("firing", "firing", "resolved", "resolved", "firing"):
        office.wake(an_operations_wake(status), after=1)
        told += [line.split(" ")[1] for line in office.told()]
    assert told == ["firing", "resolved", "firing"]


@pytest.mark.parametrize(("silent", "told_again"), [(60.0, False), (601.0, True), (40 * DAY, True)])
def test_what_breaks_down_again_after_an_end_that_nobody_told_is_told(
    office: Office, silent: float, told_again: bool
) -> None:
    """Alertmanager does not tell the end of what ends while it is silenced."""
    office.wake(an_operations_wake("firing"))
    office.wake(an_operations_wake("firing"), after=60.0)
    assert len(office.told()) == 1
    later = an_operations_wake("firing")
    later = Wake(later.status, later.labels, later.annotations, "2011-12-06T12:30:00Z", later.fingerprint)
    office.now += silent
    office.spool.prune(office.now)
    office.wake(later)
    office.wake(later, after=60.0)
    assert len(office.told()) == int(told_again)


def test_operators_are_told_which_role_it_is(office: Office) -> None:
    office.wake(an_operations_wake("firing"))
    (delivery,) = office.spool.next("robot")
    assert delivery.notice.en == "detect:9300 does not answer."
    assert delivery.notice.zh == "detect:9300 没有响应。"


def test_what_was_over_long_before_is_no_news(office: Office) -> None:
    """As when Alertmanager is faster than the index, and the relay is new."""
    old = msgspec.structs.replace(ENDED, at=round((NOW - 30 * DAY) * 1000))
    office.events = [old]
    office.wake(a_wake(OPENED))
    assert office.told() == []


def a_campaign(name: str, level: Level, state: AlertState = "opened", **changes: object) -> Alert:
    return an_alert(level, rule="campaign", incident=name, id=f"{name}:{state}", state=state, **changes)


@pytest.mark.parametrize(
    ("campaigns", "zh", "en"),
    [
        ([], "", ""),
        ([a_campaign("c1", "blue")], "同一话题正有 1 起疑似水军活动（蓝色 IV 级）。", "(blue, IV)."),
        (
            [a_campaign("c1", "blue"), a_campaign("c2", "orange", platform="all")],
            "同一话题正有 2 起疑似水军活动（最高橙色 II 级）。",
            "2 suspected campaigns about it go on (the gravest orange, II).",
        ),
        ([a_campaign("c1", "red"), a_campaign("c1", "red", "resolved")], "", ""),
        ([a_campaign("c1", "red", watchlist="transport")], "", ""),
    ],
)
def test_an_alert_of_opinion_says_what_campaigns_about_it_go_on(
    office: Office, campaigns: list[Alert], zh: str, en: str
) -> None:
    office.events = [*campaigns, OPENED]
    office.wake(a_wake(OPENED))
    (delivery,) = office.spool.next("robot")
    assert composed([delivery.notice], "zh").items == (OPENED.sentence_zh + zh,)
    assert composed([delivery.notice], "en").items[0].endswith(en or OPENED.sentence_en)


def test_a_notice_carries_title_link_and_both_sentences(office: Office) -> None:
    office.events = [OPENED]
    office.wake(a_wake(OPENED))
    (delivery,) = office.spool.next("robot")
    notice = delivery.notice
    assert (notice.title_zh, notice.link) == ("住房", "/i1:1")
    assert notice.zh == OPENED.sentence_zh
    assert msgspec.json.decode(msgspec.json.encode(notice), type=type(notice)) == notice


def test_every_operational_rule_has_a_name_in_both_languages() -> None:
    rules = yaml.safe_load((ROOT / "config" / "rules" / "operations.yml").read_text("utf-8"))["groups"][0][
        "rules"
    ]
    assert {rule["alert"] for rule in rules} == set(OPERATIONS_WORDS)


def test_what_is_wrong_with_the_pipeline_is_called_by_its_name(office: Office) -> None:
    office.wake(an_operations_wake("firing"))
    (delivery,) = office.spool.next("robot")
    assert composed([delivery.notice], "zh").title == "【运维】角色无响应"
    assert composed([delivery.notice], "en").title == "[operations] role does not answer"
