"""Mail is handed to a server as one message, and a server that refuses is a failure."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest

from monitor.relay.channels.mail import MailChannel, MailServer
from monitor.relay.channels.port import SendError
from tests.testkit.alerts import a_notice


class PostOffice(socketserver.ThreadingTCPServer):
    """As much of SMTP (RFC 5321) as one mail needs; keeps what it was given."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, refuses: bool) -> None:
        self.mails: list[bytes] = []
        self.farewell = b"221 bye\r\n"
        self.unknown = b""
        self.refuses = refuses
        super().__init__(("127.0.0.1", 0), Clerk)


class Clerk(socketserver.StreamRequestHandler):
    server: PostOffice

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append(b"".join(lines))
            if word == b"QUIT":
                self.wfile.write(self.server.farewell)
                return
            unknown = bool(self.server.unknown) and self.server.unknown in line
            refused = word == b"RCPT" and (self.server.refuses or unknown)
            self.wfile.write(b"550 nobody of that name\r\n" if refused else b"250 well\r\n")


@pytest.fixture
def office(request: pytest.FixtureRequest) -> Iterator[PostOffice]:
    with PostOffice(refuses=getattr(request, "param", False)) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.05,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def channel(office: PostOffice) -> MailChannel:
    host, port = office.server_address[:2]
    server = MailServer(str(host), port, "opinion-monitor@example.org", starttls=False)
    return MailChannel("office", server, ["duty@example.org"], "zh")


def test_a_mail_says_what_it_is_about_and_what_happened(office: PostOffice) -> None:
    channel(office).send([a_notice("red"), a_notice("blue", key="b")])
    (raw,) = office.mails
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["To"], mail["Subject"]) == ("duty@example.org", "【红色 I 级】住房：2 项警情")
    assert "愤怒占比 48%" in mail.get_content()


@pytest.mark.parametrize("office", [True], indirect=True)
def test_a_server_that_refuses_is_a_failure(office: PostOffice) -> None:
    with pytest.raises(SendError, match="SMTPRecipientsRefused"):
        channel(office).send([a_notice()])


@pytest.mark.parametrize("farewell", [b"", b"\0\0\0", b"500 what?\r\n"])
def test_a_mail_that_was_taken_is_sent_whatever_is_said_at_the_end(
    office: PostOffice, farewell: bytes
) -> None:
    office.farewell = farewell
    channel(office).send([a_notice()])
    assert len(office.mails) == 1


def test_an_address_that_is_refused_beside_others_is_logged(
    office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    office.unknown = b"gone@example.org"
    host, port = office.server_address[:2]
    server = MailServer(str(host), port, "opinion-monitor@example.org", starttls=False)
    MailChannel("office", server, ["duty@example.org", "gone@example.org"], "zh").send([a_notice()])
    assert len(office.mails) == 1
    assert "gone@example.org was refused" in caplog.text
