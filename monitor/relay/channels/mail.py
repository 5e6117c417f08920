"""Mail over SMTP, for the daily message and ``notify test``; alerts go by mail from Alertmanager itself."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate

import msgspec

from monitor.alerts.notices import Message, Notice, composed
from monitor.language import Language
from monitor.relay.channels.port import SendError

_TIMEOUT_SECONDS = 20.0
_LOGGER = logging.getLogger("monitor.relay")


class MailServer(msgspec.Struct, frozen=True):
    """Where mail is handed over; with a ``user`` it is signed in over TLS."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    starttls: bool = True


class MailChannel:
    """Sends plain text to some addresses."""

    per_minute = 60

    def __init__(self, name: str, server: MailServer, to: Sequence[str], language: Language) -> None:
        self.name = name
        self._server = server
        self._to = list(to)
        self._language: Language = language

    def send(self, notices: Sequence[Notice]) -> None:
        """Send notices as one mail; raises ``SendError``."""
        mail = written(composed(notices, self._language), self._server.sender, self._to)
        server = self._server
        try:
            connection = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_SECONDS)
            try:
                if server.starttls:
                    connection.starttls(context=ssl.create_default_context())
                if server.user:
                    connection.login(server.user, server.password)
                refused = connection.send_message(mail)
            finally:
                _leave(connection)
        except (OSError, smtplib.SMTPException) as error:
            raise SendError(
                f"mail over {server.host}:{server.port}: {type(error).__name__}: {error}",
                unsure=isinstance(error, smtplib.SMTPServerDisconnected | TimeoutError),
            ) from error
        for address, answer in refused.items():
            _LOGGER.warning("%s: %s was refused by the mail server (%s)", self.name, address, answer)


def _leave(connection: smtplib.SMTP) -> None:
    """Say good-bye; what was taken is sent, whatever the server answers to that."""
    with suppress(OSError, smtplib.SMTPException):
        connection.quit()
    connection.close()


def written(message: Message, sender: str, to: Sequence[str]) -> EmailMessage:
    """The mail for a message."""
    mail = EmailMessage()
    mail["Subject"] = message.title
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Date"] = formatdate(localtime=False)
    lines = [*message.items, message.more, message.link]
    mail.set_content("\n\n".join(line for line in lines if line) + "\n")
    return mail
