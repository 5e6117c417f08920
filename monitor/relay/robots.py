"""Channels of the directory as objects that send."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from monitor.alerts.notices import Notice, composed
from monitor.errors import SettingsError
from monitor.language import Language
from monitor.relay.channels.dingtalk import DingTalk
from monitor.relay.channels.feishu import Feishu
from monitor.relay.channels.mail import MailChannel, MailServer
from monitor.relay.channels.port import Channel, Poster, Robot
from monitor.relay.channels.webhook import Webhook
from monitor.relay.channels.wecom import WeCom
from monitor.relay.directory import ChannelEntry
from monitor.settings import NotificationsSettings


class RobotChannel:
    """A channel over HTTP: composes, writes, signs, posts, and reads the answer."""

    def __init__(
        self, name: str, robot: Robot, language: Language, poster: Poster, clock: Callable[[], float]
    ) -> None:
        self.name = name
        self.per_minute = robot.per_minute
        self._robot = robot
        self._language: Language = language
        self._poster = poster
        self._clock = clock

    def send(self, notices: Sequence[Notice]) -> None:
        """Send notices as one message; raises ``SendError``."""
        body = self._robot.render(composed(notices, self._language))
        self._robot.check(self._poster.send(self._robot.post(body, self._clock())))


def robot_of(entry: ChannelEntry) -> Robot:
    """The robot of an entry that is not mail."""
    match entry.kind:
        case "dingtalk":
            return DingTalk(entry.url, entry.secret)
        case "wecom":
            return WeCom(entry.url, plain=entry.plain)
        case "feishu":
            return Feishu(entry.url, entry.secret)
        case "webhook" | "mail":
            return Webhook(entry.url, entry.secret)


def channel_of(
    entry: ChannelEntry,
    settings: NotificationsSettings,
    folder: Path,
    poster: Poster,
    clock: Callable[[], float],
) -> Channel:
    """The channel of an entry; ``folder`` is where file names of the settings start.

    Raises:
        SettingsError: a mail channel without a mail server.
    """
    if entry.kind != "mail":
        return RobotChannel(entry.name, robot_of(entry), entry.language, poster, clock)
    return MailChannel(entry.name, _mail_server(entry, settings, folder), entry.to, entry.language)


def _mail_server(entry: ChannelEntry, settings: NotificationsSettings, folder: Path) -> MailServer:
    if not settings.mail_server:
        raise SettingsError(f"channel {entry.name}: set notifications.mail_server to send mail")
    host, _, port = settings.mail_server.rpartition(":")
    password = ""
    if settings.mail_user:
        file = folder / settings.mail_password_file
        try:
            password = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"notifications.mail_password_file {file} cannot be read ({error})"
            ) from error
    return MailServer(
        host, int(port), settings.mail_sender, settings.mail_user, password, settings.mail_starttls
    )
