"""The mails that Alertmanager sends itself: plain text, with watchlists, rules and levels by their names.

They say what goes on, not how much: figures are in the index, which Alertmanager does not ask; a link leads
to them. Names stand in the templates as Go's string literals, so that no title can be read as a template.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from monitor.alerts.notices import LEVEL_WORDS, OPERATIONS_WORDS, RULE_WORDS
from monitor.alerts.sentences import platform_words
from monitor.language import Language, catalogue
from monitor.relay.links import alerts_link

Tree = dict[str, object]
Titles = Mapping[str, tuple[str, str]]
"""What watchlists are called, Chinese and English."""


class Mails:
    """Writes the templates of one language."""

    def __init__(self, language: Language, titles: Titles, platforms: Iterable[str], console: str) -> None:
        """``platforms`` are those of the settings; ``console`` is where mails lead to, or empty."""
        words = self._words = catalogue(language)
        self._watchlists = {name: words.of(en, zh) for name, (zh, en) in titles.items()}
        self._platforms = {name: words.of(*platform_words(name)) for name in (*platforms, "all")}
        self._console = console
        self._language = language

    def about_opinion(self, to: Iterable[str]) -> Tree:
        """Mails about alerts of opinion. Their end is not mailed.

        Alertmanager holds an alert for resolved, too, when Prometheus is away; the index knows better.
        """
        rules = {name: self._words.text(key) for name, key in RULE_WORDS.items()}
        levels = {str(level): self._words.text(key) for level, key in LEVEL_WORDS.items()}
        line = self._words.text(
            "{level}: {rule}, {watchlist}, {platform}",
            level=_named(".Labels.level", levels),
            rule=_named(".Labels.rule", rules),
            watchlist=_named(".Labels.watchlist", self._watchlists),
            platform=_named(".Labels.platform", self._platforms),
        )
        subject = self._words.text(
            "{name}: alerts going on: {count}",
            name=_named(".CommonLabels.watchlist", self._watchlists),
            count="{{ len .Alerts.Firing }}",
        )
        return self._mail(to, subject, line, resolved=False)

    def about_operations(self, to: Iterable[str]) -> Tree:
        """Mails about the pipeline itself, also when they end."""
        names = {name: self._words.text(key) for name, key in OPERATIONS_WORDS.items()}
        over = _quoted(self._words.text("notice: over"))
        subject = '{{ if eq .Status "resolved" }}{{ ' + over + " }}: {{ end }}"
        subject += _named(".CommonLabels.alertname", names)
        return self._mail(to, subject, f"{{{{ .Annotations.summary_{self._language} }}}}", resolved=True)

    def _mail(self, to: Iterable[str], subject: str, line: str, *, resolved: bool) -> Tree:
        link = ""
        if self._console:
            link = "\n" + self._words.text("Figures and evidence: {link}", link=alerts_link(self._console))
        return {
            "to": ", ".join(to),
            "send_resolved": resolved,
            "headers": {"Subject": subject},
            "html": "",
            "text": f"{{{{ range .Alerts }}}}{line}\n{{{{ end }}}}{link}",
        }


def _named(label: str, names: Mapping[str, str]) -> str:
    """A template for a label by its name; by its value where it has none."""
    cases = [
        "if eq " + label + " " + _quoted(value) + " }}{{ " + _quoted(name) + " }}"
        for value, name in names.items()
    ]
    return "{{ " + "{{ else ".join([*cases, "}}{{ " + label + " }}{{ end }}"])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
