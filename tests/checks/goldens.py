"""How alerts are told, and how every channel writes them; ``make docs`` writes the files anew.

All sentences in both languages lie in ``tests/monitor/alerts/golden``: read them aloud when words change.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from monitor.alerts.notices import Message, composed
from monitor.campaigns.port import LEVELS, Level
from monitor.language import LANGUAGES, Language, catalogue
from monitor.relay.channels.dingtalk import DingTalk
from monitor.relay.channels.feishu import Feishu
from monitor.relay.channels.mail import written
from monitor.relay.channels.webhook import Webhook
from monitor.relay.channels.wecom import WeCom
from tests.testkit.alerts import a_notice, all_said

SENTENCES = Path(__file__).parents[1] / "monitor" / "alerts" / "golden"
FOLDER = Path(__file__).parents[1] / "monitor" / "relay" / "golden"


def _mail(message: Message) -> str:
    mail = written(message, "opinion-monitor@example.org", ["duty@example.org"])
    return f"Subject: {mail['Subject']}\n\n{mail.get_content()}"


def _pretty(body: bytes) -> str:
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2) + "\n"


WRITERS: Mapping[str, Callable[[Message], str]] = {
    "dingtalk": lambda message: _pretty(DingTalk("https://robot.example.org/?t=1", "SEC").render(message)),
    "wecom": lambda message: _pretty(WeCom("https://robot.example.org").render(message)),
    "wecom-plain": lambda message: _pretty(WeCom("https://robot.example.org", plain=True).render(message)),
    "feishu": lambda message: _pretty(Feishu("https://robot.example.org", "secret").render(message)),
    "webhook": lambda message: _pretty(Webhook("https://hook.example.org", "secret").render(message)),
    "mail": _mail,
}


def golden(channel: str, language: Language, level: Level) -> str:
    """What a channel writes."""
    return WRITERS[channel](composed([a_notice(level)], language))


def golden_sentences(language: Language) -> str:
    """Every sentence that people are told, one a line."""
    words = catalogue(language)
    return "".join(f"{name}: {words.of(*sentence)}\n" for name, sentence in all_said())


def goldens() -> dict[Path, str]:
    """All of them, by file."""
    return {SENTENCES / f"{language}.txt": golden_sentences(language) for language in LANGUAGES} | {
        FOLDER / f"{channel}-{language}-{level}.txt": golden(channel, language, level)
        for channel in WRITERS
        for language in LANGUAGES
        for level in LEVELS
    }
