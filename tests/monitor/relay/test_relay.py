"""The relay's door, directory, signs of life, and the configuration it makes for Alertmanager."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest
import yaml
from fastapi import FastAPI

from monitor.errors import SettingsError, StoreError
from monitor.relay.alertmanager import _interval, alertmanager_config
from monitor.relay.alertmanager_mail import Mails
from monitor.relay.app import Door, relay_app
from monitor.relay.directory import ChannelEntry, Directory, QuietEntry, TeamEntry, load_directory
from monitor.relay.metrics import RelayMetrics
from monitor.relay.signs import Signs
from monitor.relay.spool import Spool
from monitor.settings import NotificationsSettings
from tests.testkit.alerts import a_notice, a_wake, an_alert
from tests.testkit.program import ROOT
from tests.testkit.services.fixtures import lacking

TOKEN = "a-token-for-the-relay"
SHANGHAI = ZoneInfo("Asia/Shanghai")
NINE = 1_323_046_800.0
"""2011-12-05 09:00 in Shanghai."""


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path / "relay.db")
    yield made
    made.close()


def signs(spool: Spool) -> Signs:
    return Signs(spool, SHANGHAI, alive_at="09:00", daily=["robot"], operators=["robot"])


def door(spool: Spool) -> FastAPI:
    metrics = RelayMetrics(["robot"])
    made = Door(TOKEN, ["duty"], spool, signs(spool), metrics, lambda: NINE, patience_seconds=60)
    return relay_app(made, metrics, lambda: True)


def webhook(**changes: object) -> bytes:
    wake = a_wake(an_alert())
    alert = {"status": "firing", "labels": wake.labels, "annotations": {}, "startsAt": wake.starts_at,
             "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "f", "generatorURL": ""}  # fmt: skip
    return msgspec.json.encode({"version": "4", "groupKey": "g", "alerts": [alert], **changes})


def post(app: FastAPI, path: str, body: bytes, token: str = TOKEN) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://relay") as client:
            return await client.post(path, content=body, headers={"Authorization": f"Bearer {token}"})

    return asyncio.run(ask())


def test_what_alertmanager_sends_is_on_disk_when_it_is_answered(spool: Spool) -> None:
    assert post(door(spool), "/v1/alerts/duty", webhook()).status_code == 200
    (waiting,) = spool.wakes()
    assert (waiting.team, waiting.wake.labels["level"], waiting.fresh) == ("duty", "orange", True)


def test_a_wrong_token_is_refused(spool: Spool) -> None:
    assert post(door(spool), "/v1/alerts/duty", webhook(), token="guess").status_code == 401
    assert spool.wakes() == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/alerts/nobody", webhook(), 404),
        ("/v1/alerts/duty", b"{}", 400),
        ("/v1/alerts/duty", b"x" * 5_000_000, 413),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(
    spool: Spool, path: str, body: bytes, status: int
) -> None:
    answer = post(door(spool), path, body)
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


def texts(spool: Spool) -> list[str]:
    deliveries = spool.next("robot")
    spool.sent(deliveries, NINE)
    return [f"{one.notice.title_en}: {one.notice.en}" for one in deliveries]


def through(made: Signs, start: float, end: float) -> None:
    """Let a relay work from one moment to another, every half minute."""
    for moment in range(int(start), int(end) + 1, 30):
        made.work(float(moment))


def test_the_daily_message_comes_once_a_day_from_nine(spool: Spool) -> None:
    made = signs(spool)
    through(made, NINE - 600, NINE - 30)
    assert texts(spool) == []
    through(made, NINE, NINE + 3_600)
    assert len(texts(spool)) == 1
    through(made, NINE + 3_630, NINE + 86_400)
    assert len(texts(spool)) == 1


def heard(spool: Spool, kind: str, at: float) -> None:
    wake = msgspec.structs.replace(a_wake(an_alert()), labels={"kind": kind})
    signs(spool).heard([wake], at)


def test_an_alertmanager_that_was_never_heard_of_is_told_within_minutes(tmp_path: Path) -> None:
    """Its token may be wrong from the first day on."""
    spool = Spool(tmp_path / "relay.db")
    made = Signs(spool, SHANGHAI, alive_at="off", daily=["robot"], operators=["robot"])
    through(made, NINE, NINE + 540)
    assert texts(spool) == []
    through(made, NINE + 570, NINE + 3_600)
    (text,) = texts(spool)
    assert "has not been heard of since" in text
    heard(spool, "heartbeat", NINE + 3_600)
    through(made, NINE + 3_630, NINE + 3_700)
    assert len(texts(spool)) == 1


def test_calm_that_is_over_is_told_no_longer(spool: Spool) -> None:
    heard(spool, "heartbeat", NINE - 60)
    heard(spool, "calm", NINE - 60)
    over = msgspec.structs.replace(a_wake(an_alert(), "resolved"), labels={"kind": "calm"})
    signs(spool).heard([over], NINE - 30)
    signs(spool).work(NINE)
    (text,) = texts(spool)
    assert "Alerts are active" in text


def test_each_silence_of_alertmanager_is_told_also_after_an_end_of_the_heartbeat(spool: Spool) -> None:
    """Prometheus is away for a while: Alertmanager holds its heartbeat for over."""
    over = msgspec.structs.replace(a_wake(an_alert(), "resolved"), labels={"kind": "heartbeat"})
    told: list[str] = []
    made = signs(spool)
    for outage in range(2):
        began = NINE - 7_200 + outage * 3_000
        heard(spool, "heartbeat", began)
        through(made, began, began + 60)
        made.heard([over], began + 60)
        through(made, began + 90, began + 500)
        assert texts(spool) == []
        through(made, began + 530, began + 1_200)
        told += texts(spool)
        heard(spool, "heartbeat", began + 1_200)
        through(made, began + 1_230, began + 1_260)
        told += texts(spool)
    assert len(told) == 4
    assert not any("1970" in text for text in told)


def test_calm_that_is_held_back_is_told_no_longer(spool: Spool) -> None:
    heard(spool, "heartbeat", NINE - 60)
    heard(spool, "calm", NINE - 200)
    signs(spool).work(NINE)
    (text,) = texts(spool)
    assert "Alerts are active" in text


def test_the_daily_message_says_that_it_is_calm_only_if_it_was_told_so(spool: Spool) -> None:
    heard(spool, "heartbeat", NINE - 60)
    heard(spool, "calm", NINE - 60)
    signs(spool).work(NINE)
    (text,) = texts(spool)
    assert text.startswith("opinion-monitor is at work: It is calm: no alert is active. In the last 24 hours")
    heard(spool, "heartbeat", NINE + 86_399)
    signs(spool).work(NINE + 86_400)
    (text,) = texts(spool)
    assert "calm cannot be told while a part of the pipeline is down" in text


def test_the_daily_message_says_that_alertmanager_was_never_heard_of(spool: Spool) -> None:
    made = signs(spool)
    made.work(NINE)
    assert texts(spool) == []
    through(made, NINE + 30, NINE + 180)
    (text,) = texts(spool)
    assert text.startswith("opinion-monitor: look after the alerts: Alertmanager has not been heard of yet")


def states(spool: Spool) -> list[str]:
    """What is told from here on, by state."""
    deliveries = spool.next("robot")
    spool.sent(deliveries, NINE)
    return [one.notice.state for one in deliveries]


def watch(spool: Spool) -> Signs:
    return Signs(spool, SHANGHAI, alive_at="off", daily=[], operators=["robot"])


def test_that_alertmanager_is_silent_is_told_once_and_that_it_is_back_once(spool: Spool) -> None:
    made = watch(spool)
    heard(spool, "heartbeat", NINE)
    through(made, NINE, NINE + 600)
    assert states(spool) == []
    through(made, NINE + 630, NINE + 1_800)
    assert states(spool) == ["firing"]
    heard(spool, "heartbeat", NINE + 1_815)
    through(made, NINE + 1_830, NINE + 2_400)
    assert states(spool) == ["resolved"]


def test_a_relay_that_was_down_for_an_hour_does_not_say_that_alertmanager_was_silent(spool: Spool) -> None:
    heard(spool, "heartbeat", NINE)
    made = watch(spool)
    through(made, NINE + 3_600, NINE + 4_170)
    assert states(spool) == []
    through(made, NINE + 4_200, NINE + 4_230)
    assert states(spool) == ["firing"]


@pytest.mark.parametrize("jump", [-86_400, 86_400])
def test_a_clock_that_is_set_makes_nobody_silent_and_silence_is_noticed_after_it(
    spool: Spool, jump: int
) -> None:
    made = watch(spool)
    heard(spool, "heartbeat", NINE)
    through(made, NINE, NINE + 60)
    through(made, NINE + jump, NINE + jump + 570)
    assert states(spool) == []
    through(made, NINE + jump + 600, NINE + jump + 660)
    assert states(spool) == ["firing"]


def test_what_cannot_be_kept_is_not_taken(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "relay.db")
    spool.close()
    answer = post(door(spool), "/v1/alerts/duty", webhook())
    assert (answer.status_code, "free the disk or repair the file" in answer.json()["error"]) == (503, True)


def test_two_relays_do_not_share_a_spool(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="end the other relay that uses it"):
        Spool(tmp_path / "relay.db")


def test_a_channel_gets_a_notice_of_one_key_once(spool: Spool) -> None:
    for _ in range(2):
        spool.queue(["robot", "other"], a_notice(), NINE)
    assert (spool.waiting("robot")[0], spool.waiting("other")[0]) == (1, 1)


DIRECTORY = Directory(
    (ChannelEntry(name="office", kind="mail", to=("a@example.org",)),),
    (
        TeamEntry(name="duty", channels=("office",), operations=True),
        TeamEntry(name="homes", watchlists=("housing",), channels=("office",)),
    ),
    (QuietEntry(levels=("blue",), start="22:00", end="07:00"),),
)
MAIL = NotificationsSettings(mail_server="mail.example.org:25")


def config_of(settings: NotificationsSettings) -> str:
    titles = {
        "all": ("全部话题", "All subjects"),
        "housing": ("住房", "Housing"),
        "transport": ("交通", "Transport"),
    }
    return alertmanager_config(settings, DIRECTORY, "Asia/Shanghai", titles, ["sina_weibo"])


def checked(config: str, folder: Path) -> None:
    binary = shutil.which("amtool")
    if binary is None:
        lacking("amtool", "install it (package prometheus-alertmanager)")
    file = folder / "alertmanager.yml"
    file.write_text(config)
    done = subprocess.run([binary, "check-config", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def routes_to(config: str, labels: dict[str, str], folder: Path) -> list[str]:
    file = folder / "alertmanager.yml"
    file.write_text(config)
    binary = shutil.which("amtool")
    if binary is None:
        lacking("amtool", "install it (package prometheus-alertmanager)")
    words = [f"{key}={value}" for key, value in labels.items()]
    done = subprocess.run(
        [binary, "config", "routes", "test", f"--config.file={file}", *words],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sorted(done.stdout.strip().split(","))


def test_alertmanager_takes_its_configuration(tmp_path: Path) -> None:
    checked(config_of(MAIL), tmp_path)


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ({"kind": "opinion", "watchlist": "housing", "level": "red"}, ["mail-homes", "relay-homes"]),
        ({"kind": "opinion", "watchlist": "housing", "level": "blue"}, ["mail-homes", "relay-homes"]),
        ({"kind": "opinion", "watchlist": "transport", "level": "red"}, ["mail-duty", "relay-duty"]),
        ({"kind": "opinion", "watchlist": "all", "level": "red"}, ["mail-duty", "relay-duty"]),
        ({"kind": "operations", "alertname": "RoleDown"}, ["operations-mail", "relay-duty"]),
        ({"kind": "heartbeat", "alertname": "Heartbeat"}, ["signs-of-life"]),
        ({"kind": "calm", "alertname": "OpinionCalm"}, ["signs-of-life"]),
    ],
)
def test_alerts_reach_the_team_that_watches(
    labels: dict[str, str], receivers: list[str], tmp_path: Path
) -> None:
    config = config_of(MAIL)
    assert routes_to(config, labels, tmp_path) == receivers


def rendered(template: str, status: str, folder: Path, **labels: str) -> str:
    """What Alertmanager makes of a template for one alert."""
    binary = shutil.which("amtool")
    if binary is None:
        lacking("amtool", "install it (package prometheus-alertmanager)")
    (folder / "none.tmpl").touch()
    alert = {"status": status, "labels": labels, "annotations": {"summary_zh": "detect 没有响应。"}}
    data = folder / "data.json"
    data.write_bytes(msgspec.json.encode({"status": status, "alerts": [alert], "commonLabels": labels}))
    done = subprocess.run(
        [binary, "template", "render", f"--template.glob={folder / 'none.tmpl'}", f"--template.data={data}",
         f"--template.text={template}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def mail_of(receiver: str) -> dict[str, Any]:
    receivers = yaml.safe_load(config_of(MAIL))["receivers"]
    (mail,) = next(one["email_configs"] for one in receivers if one["name"] == receiver)
    assert isinstance(mail, dict)
    return mail


def test_a_mail_calls_subject_place_rule_and_level_by_their_names(tmp_path: Path) -> None:
    labels = {"watchlist": "housing", "platform": "sina_weibo", "rule": "surge", "level": "orange"}
    mail = mail_of("mail-homes")
    assert rendered(mail["headers"]["Subject"], "firing", tmp_path, **labels) == "住房：1 项警情进行中"
    text = rendered(mail["text"], "firing", tmp_path, **labels)
    assert text.splitlines()[0] == "【橙色 II 级】住房（新浪微博）：声量激增"
    assert text.endswith("http://127.0.0.1:8080/alerts?open=1")


def test_the_end_of_an_opinion_alert_is_not_mailed_since_alertmanager_does_not_know_it() -> None:
    assert mail_of("mail-homes")["send_resolved"] is False


def test_operators_have_mail_about_the_pipeline_in_case_the_relay_is_down(tmp_path: Path) -> None:
    mail = mail_of("operations-mail")
    assert (
        rendered(mail["headers"]["Subject"], "resolved", tmp_path, alertname="RoleDown")
        == "已解除: 角色无响应"
    )
    assert rendered(mail["text"], "firing", tmp_path).startswith("detect 没有响应。")


def test_a_title_is_never_read_as_a_template(tmp_path: Path) -> None:
    titles = {"housing": ('{{ .Labels }} "\\', "Housing")}
    mails = Mails("zh", titles, [], "")
    subject = mails.about_opinion(["a@example.org"])["headers"]
    assert isinstance(subject, dict)
    assert rendered(subject["Subject"], "firing", tmp_path, watchlist="housing").startswith(
        '{{ .Labels }} "\\：'
    )


def test_quiet_hours_over_midnight_are_two_spans() -> None:
    config = yaml.safe_load(config_of(MAIL))
    (interval,) = config["time_intervals"]
    assert {span["location"] for span in interval["time_intervals"]} == {"Asia/Shanghai"}
    assert [
        (time["start_time"], time["end_time"])
        for span in interval["time_intervals"]
        for time in span["times"]
    ] == [("22:00", "24:00"), ("00:00", "07:00")]
    assert all("weekdays" not in span for span in interval["time_intervals"])


def test_quiet_hours_of_some_nights_end_on_the_mornings_after_them() -> None:
    quiet = QuietEntry(levels=("blue",), start="22:00", end="07:00", weekdays=("friday", "sunday"))
    spans: Any = _interval(1, quiet, "Asia/Shanghai")["time_intervals"]
    assert [(span["times"], span["weekdays"]) for span in spans] == [
        ([{"start_time": "22:00", "end_time": "24:00"}], ["friday", "sunday"]),
        ([{"start_time": "00:00", "end_time": "07:00"}], ["saturday", "monday"]),
    ]


def test_no_secret_is_in_alertmanagers_configuration() -> None:
    settings = NotificationsSettings(token="geheim" * 4)
    assert "geheim" not in config_of(settings)


def directory(folder: Path, text: str) -> Directory:
    (folder / "channels.toml").write_text(text)
    return load_directory(folder / "channels.toml", frozenset({"housing"}))


REST = '[[team]]\nname = "duty"\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "exactly one team has no watchlists"),
        (REST + 'channels = ["robot"]', "team duty: no channel 'robot'"),
        (REST + '[[team]]\nname = "homes"\nwatchlists = ["houses"]', "no watchlist 'houses'; known: housing"),
        (REST + '[[channel]]\nname = "robot"\nkind = "dingtalk"', "channel robot: url must be http"),
        (
            REST + '[[channel]]\nname = "robot"\nkind = "fax"\nurl = "https://x"',
            "channel robot: kind = 'fax'; allowed: dingtalk, wecom, feishu, webhook, mail",
        ),
        (REST + '[[channel]]\nname = "robot"\nkind = "wecom"\nurl = "https://x"\nsecret = "s"', "not signed"),
        (REST + '[[channel]]\nname = "mail"\nkind = "mail"', "mail needs `to`"),
        (REST + REST, "'duty' is there twice"),
        (
            REST
            + '[[channel]]\nname = "a"\nkind = "wecom"\nurl = "https://x/t"\n'
            + '[[channel]]\nname = "b"\nkind = "wecom"\nurl = "https://x/t"',
            "channels a and b have the same url",
        ),
        (REST + "quiet = 3", "team duty: unknown key quiet; allowed here: name, watchlists"),
        ("qiuet = 3", "unknown key qiuet; allowed here: channel, team, quiet"),
        (
            REST + '[[channel]]\nkind = "wecom"',
            "channel number 1: name is missing; allowed: a lower-case letter",
        ),
        (
            REST + '[[channel]]\nname = "A b"\nkind = "wecom"',
            "channel A b: name = 'A b'; allowed: a lower-case",
        ),
        (
            REST + '[[channel]]\nname = "a"\nkind = "wecom"\nurl = 3',
            "channel a: url: Expected `str`, got `int`",
        ),
        (
            REST + '[[channel]]\nname = "a"\nkind = "wecom"\nurl_file = "nowhere"',
            "channel a: url_file cannot be read",
        ),
        (
            '[[team]]\nname = "signs"',
            "team signs: signs of life have this name; give it another",
        ),
        (
            REST + '[[quiet]]\nlevels = ["blue"]\nstart = "25:00"\nend = "07:00"',
            "quiet number 1: start = '25:00'; allowed: HH:MM, from 00:00 to 23:59",
        ),
        (
            REST + '[[quiet]]\nlevels = ["pink"]\nstart = "22:00"\nend = "07:00"',
            "quiet number 1: levels = ['pink']; allowed: one or more of blue, yellow, orange, red",
        ),
        (
            REST + '[[quiet]]\nlevels = ["blue"]\nstart = "07:00"\nend = "07:00"',
            "starts and ends at 07:00; for whole days write 00:00 to 00:00",
        ),
    ],
)
def test_a_directory_that_cannot_be_used_is_refused_with_the_way_out(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        directory(tmp_path, text)
    assert sentence in str(caught.value)


def test_secrets_may_lie_in_files(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://robot.example.org/?t=1\n")
    (tmp_path / "sign").write_text("SEC1\n")
    channel = '[[channel]]\nname = "r"\nkind = "dingtalk"\nurl_file = "url"\nsecret_file = "sign"\n'
    (entry,) = directory(tmp_path, REST + channel).channel
    assert (entry.url, entry.secret) == ("https://robot.example.org/?t=1", "SEC1")


def test_calm_is_held_back_by_all_that_makes_blind() -> None:
    (inhibition,) = (
        one
        for one in yaml.safe_load(config_of(MAIL))["inhibit_rules"]
        if one["target_matchers"] == ['kind="calm"']
    )
    assert "equal" not in inhibition
    rules = yaml.safe_load((ROOT / "config" / "rules" / "operations.yml").read_text("utf-8"))["groups"][0][
        "rules"
    ]
    holding = {
        rule["alert"]
        for rule in rules
        if set(inhibition["source_matchers"])
        <= {f'{name}="{value}"' for name, value in rule["labels"].items()}
    }
    assert holding == {rule["alert"] for rule in rules} - {"DeadLettersRising", "RelayBehind"}
