"""The configuration that is made for Alertmanager, as Alertmanager's own tools read it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from monitor.relay.alertmanager import _interval, alertmanager_config
from monitor.relay.alertmanager_mail import Mails
from monitor.relay.directory import ChannelEntry, Directory, QuietEntry, TeamEntry
from monitor.settings import NotificationsSettings
from tests.testkit.program import ROOT
from tests.testkit.services.fixtures import lacking

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
