"""Whom the relay tells: the file of channels, teams and quiet hours."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.errors import SettingsError
from monitor.relay.directory import Directory, load_directory


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
