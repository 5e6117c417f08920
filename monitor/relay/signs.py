"""Signs of life: a daily message on every channel, and a word when Alertmanager falls silent.

Alertmanager sends two alerts through the whole chain: a heartbeat, which always fires, and *calm*, which it
holds back while a part of the pipeline is down. A heartbeat that has not been heard of for ten minutes does
not hold, nor calm for three: both come every minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from monitor.alerts.notices import Notice
from monitor.language import Language, catalogue, message
from monitor.relay.spool import Spool, Wake

_SILENT_SECONDS = 600.0
_CALM_SECONDS = 180.0
_SETTLING_SECONDS = 180.0
_LONGEST_STEP_SECONDS = 60.0


class Signs:
    """Keeps when signs were heard, and tells."""

    def __init__(
        self,
        spool: Spool,
        zone: tzinfo,
        *,
        alive_at: str,
        daily: Sequence[str],
        operators: Sequence[str],
    ) -> None:
        """``alive_at`` is HH:MM in ``zone`` or off; ``daily`` and ``operators`` are channels."""
        self._spool = spool
        self._zone = zone
        self._alive_at = alive_at
        self._daily = daily
        self._operators = operators
        self._began = self._worked_at = 0.0

    def heard(self, wakes: Iterable[Wake], now: float) -> None:
        """Keep signs that are firing; calm that is over holds no longer."""
        for wake in wakes:
            kind = wake.labels.get("kind", "")
            if wake.status == "firing":
                self._spool.remember(f"heard:{kind}", f"{now:.0f}")
            elif kind == "calm":
                self._spool.remember("heard:calm", "0")

    def work(self, now: float) -> None:
        """Tell what is due at ``now``, seconds since the epoch.

        A relay that has just started waits some minutes for a heartbeat before it says how things are; so
        does one whose clock was set, or that slept: it cannot know what it missed.
        """
        if abs(now - self._worked_at) > _LONGEST_STEP_SECONDS:
            self._began = now
        self._worked_at = now
        self._watch(now)
        settling = now - self._began < _SETTLING_SECONDS and not self._is_heard("heartbeat", now)
        if self._alive_at == "off" or settling:
            return
        local = datetime.fromtimestamp(now, self._zone)
        day = local.date().isoformat()
        if f"{local:%H:%M}" >= self._alive_at and self._spool.fact("alive") != day:
            with self._spool.transaction():
                for channel in self._daily:
                    self._spool.queue([channel], self._alive(channel, day, now), now)
                self._spool.remember("alive", day)

    def _watch(self, now: float) -> None:
        """Say once that Alertmanager is silent, and once that it is back.

        One that was never heard of is silent since the relay was first at work: its token may be wrong.
        """
        last = self._last("heartbeat", now)
        if last is None:
            first = self._spool.fact("first")
            if first is None:
                self._spool.remember("first", f"{now:.0f}")
            last = min(float(first or now), now)
        said = self._spool.fact("silent") or ""
        silent = now - max(last, self._began) > _SILENT_SECONDS or (bool(said) and last <= float(said) <= now)
        if silent == bool(said):
            return
        with self._spool.transaction():
            since = said or f"{last:.0f}"
            self._spool.remember("silent", since if silent else "")
            self._spool.queue(self._operators, self._silence(float(since), ended=not silent), now)

    def _silence(self, since: float, *, ended: bool) -> Notice:
        texts = {
            words.language: words.text(
                "Alertmanager has not been heard of since {since}; alerts may not arrive.",
                since=self._clock(since),
            )
            for words in (catalogue("zh"), catalogue("en"))
        }
        return Notice(
            key=f"silent:{since:.0f}:{'ended' if ended else 'began'}",
            kind="operations",
            about="Alertmanager",
            title_zh="Alertmanager",
            title_en="Alertmanager",
            state="resolved" if ended else "firing",
            zh=texts["zh"],
            en=texts["en"],
        )

    def _alive(self, channel: str, day: str, now: float) -> Notice:
        well = self._is_heard("heartbeat", now)
        title = message("opinion-monitor is at work") if well else message(
            "opinion-monitor: look after the alerts"
        )  # fmt: skip
        return Notice(
            key=f"alive:{day}",
            kind="alive",
            about="alive",
            title_zh=catalogue("zh").text(title),
            title_en=catalogue("en").text(title),
            state="firing",
            zh=self._report("zh", channel, now),
            en=self._report("en", channel, now),
        )

    def _report(self, language: Language, channel: str, now: float) -> str:
        words = catalogue(language)
        waiting, _ = self._spool.waiting(channel)
        sent = self._spool.sent_since(channel, now - 86_400)
        last = self._last("heartbeat", now)
        if last is None:
            state = words.text("Alertmanager has not been heard of yet; alerts may not arrive.")
        elif not self._is_heard("heartbeat", now):
            state = words.text(
                "Alertmanager has not been heard of since {since}; alerts may not arrive.",
                since=self._clock(last),
            )
        elif self._is_heard("calm", now):
            state = words.text("It is calm: no alert is active.")
        else:
            state = words.text(
                "Alerts are active, or calm cannot be told while a part of the pipeline is down; see the "
                "console."
            )
        counts = words.text(
            "In the last 24 hours {sent} notices were sent to this channel; {waiting} wait.",
            sent=sent,
            waiting=waiting,
        )
        return f"{state}{'' if language == 'zh' else ' '}{counts}"

    def _is_heard(self, kind: str, now: float) -> bool:
        last = self._last(kind, now)
        holds = _CALM_SECONDS if kind == "calm" else _SILENT_SECONDS
        return last is not None and now - last <= holds

    def _last(self, kind: str, now: float) -> float | None:
        """When a sign was heard last; what lies ahead of a clock that was set back counts from now on."""
        text = self._spool.fact(f"heard:{kind}")
        if text is None:
            return None
        if float(text) > now + 1.0:
            self._spool.remember(f"heard:{kind}", f"{now:.0f}")
        return min(float(text), now)

    def _clock(self, moment: float) -> str:
        return f"{datetime.fromtimestamp(moment, self._zone):%Y-%m-%d %H:%M}"
