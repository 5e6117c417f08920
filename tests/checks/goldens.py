"""How alerts are told, and how every channel writes them; ``make docs`` writes the files anew.

All sentences in both languages lie in ``tests/monitor/alerts/golden``: read them aloud when words change.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from monitor.alerts.notices import Message, composed
from monitor.campaigns.port import LEVELS, Level
from monitor.language import LANGUAGES, Language, catalogue
from monitor.relay.alertmanager_mail import Mails
from monitor.relay.channels.dingtalk import DingTalk
from monitor.relay.channels.feishu import Feishu
from monitor.relay.channels.webhook import Webhook
from monitor.relay.channels.wecom import WeCom
from tests.testkit.alerts import TITLES, a_notice, all_said, an_alert

SENTENCES = Path(__file__).parents[1] / "monitor" / "alerts" / "golden"
TO, CONSOLE = "duty@example.org", "https://console.example.org"
FOLDER = Path(__file__).parents[1] / "monitor" / "relay" / "golden"


def _pretty(body: bytes) -> str:
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2) + "\n"


WRITERS: Mapping[str, Callable[[Message], str]] = {
    "dingtalk": lambda message: _pretty(DingTalk("https://robot.example.org/?t=1", "SEC").render(message)),
    "wecom": lambda message: _pretty(WeCom("https://robot.example.org").render(message)),
    "wecom-plain": lambda message: _pretty(WeCom("https://robot.example.org", plain=True).render(message)),
    "feishu": lambda message: _pretty(Feishu("https://robot.example.org", "secret").render(message)),
    "webhook": lambda message: _pretty(Webhook("https://hook.example.org", "secret").render(message)),
}


def golden(channel: str, language: Language, level: Level) -> str:
    """What a channel writes."""
    return WRITERS[channel](composed([a_notice(level)], language))


def golden_mail(language: Language, level: Level, amtool: str) -> str:
    """What Alertmanager mails of an alert that goes on: it sends these mails itself; ``amtool`` renders them.

    Raises:
        subprocess.CalledProcessError: a template is none.
    """
    alert = an_alert(level)
    mail = Mails(language, TITLES, [alert.platform], CONSOLE).about_opinion([TO])
    headers, text = mail["headers"], mail["text"]
    assert isinstance(headers, dict)
    labels = {name: getattr(alert, name) for name in ("watchlist", "platform", "rule", "level")}
    told = {"status": "firing", "labels": labels}
    with TemporaryDirectory() as folder:
        none, data = Path(folder, "none.tmpl"), Path(folder, "data.json")
        none.touch()
        data.write_bytes(msgspec.json.encode({"status": "firing", "alerts": [told], "commonLabels": labels}))
        done = subprocess.run(
            [amtool, "template", "render", f"--template.glob={none}", f"--template.data={data}",
             f"--template.text=Subject: {headers['Subject']}\n\n{text}"],
            capture_output=True, check=True,
        )  # fmt: skip
    return f"To: {mail['to']}\n{done.stdout.decode().rstrip()}\n"


def golden_sentences(language: Language) -> str:
    """Every sentence that people are told, one a line."""
    words = catalogue(language)
    return "".join(f"{name}: {words.of(*sentence)}\n" for name, sentence in all_said())


def goldens() -> dict[Path, str]:
    """All of them, by file; mails only where ``amtool`` is there to render them."""
    amtool = shutil.which("amtool")
    mails = {
        FOLDER / f"mail-{language}-{level}.txt": golden_mail(language, level, amtool)
        for language in LANGUAGES
        for level in LEVELS
        if amtool is not None
    }
    return (
        mails
        | {SENTENCES / f"{language}.txt": golden_sentences(language) for language in LANGUAGES}
        | {
            FOLDER / f"{channel}-{language}-{level}.txt": golden(channel, language, level)
            for channel in WRITERS
            for language in LANGUAGES
            for level in LEVELS
        }
    )
