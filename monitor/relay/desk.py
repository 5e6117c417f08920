"""From wake-ups to notices: what Alertmanager says that something is about is looked up, and told once.

Alertmanager decides *whether* people hear of something (routes, inhibition, silences, quiet hours); the
index says *what*. So an alert that Alertmanager holds for resolved because Prometheus was away is not told as
resolved, and a wake-up that is repeated tells nothing again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import msgspec

from monitor.alerts.notices import LEVEL_WORDS, OPERATIONS_WORDS, RULE_WORDS, Notice, plain, told
from monitor.alerts.port import Alert
from monitor.campaigns.port import LEVELS, Level
from monitor.errors import MonitorError
from monitor.language import Language, catalogue, message
from monitor.relay.lookup import AlertLog, Place
from monitor.relay.spool import PIPELINE, Spool, Waiting

_LOOKED, _FIRED = "looked:", "fired:"
_MISSED_SECONDS = 600.0
_NEWS_SECONDS = 3_600.0
_AWAKE_SECONDS = 180.0
"""While something goes on that a team is to hear of, Alertmanager wakes it every minute."""
_LOGGER = logging.getLogger("monitor.relay")


class DeskOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told over what (team to channels), the titles of watchlists (Chinese, English), and links."""

    teams: Mapping[str, Sequence[str]]
    titles: Mapping[str, tuple[str, str]]
    link: Callable[[Alert], str]


class Desk:
    """Answers wake-ups. Calls block while the index is asked; used by one thread."""

    def __init__(
        self, spool: Spool, log: AlertLog, options: DeskOptions, looked_up: Callable[[str], None]
    ) -> None:
        """``looked_up`` is told the outcome of each look-up, for metrics."""
        self._spool = spool
        self._log = log
        self._options = options
        self._looked_up = looked_up
        self._failure = ""
        self._away = False

    def work(self, now: float) -> None:
        """Answer all wake-ups that can be answered at ``now``, seconds since the epoch."""
        self._away = False
        places: defaultdict[tuple[str, Place], list[Waiting]] = defaultdict(list)
        for waiting in self._spool.wakes():
            labels = waiting.wake.labels
            if labels.get("kind") == "opinion":
                place = Place(*(labels.get(name, "") for name in Place.__struct_fields__))
                places[waiting.team, place].append(waiting)
            else:
                self._tell_operations(waiting, now)
        for (team, place), wakes in places.items():
            self._tell_opinion(team, place, wakes, now)

    def _looked_up_events(self, place: Place) -> list[Alert] | None:
        """The events of a place; None when they cannot be had: then the others are not asked for, either."""
        if self._away:
            return None
        try:
            events = self._log.events(place)
        except MonitorError as error:
            self._away = True
            self._looked_up("failed")
            if str(error) != self._failure:
                self._failure = str(error)
                _LOGGER.warning("alerts cannot be looked up (%s); trying again", error)
            return None
        self._looked_up("answered")
        self._failure = ""
        return events

    def _tell_opinion(self, team: str, place: Place, wakes: Sequence[Waiting], now: float) -> None:
        events = self._looked_up_events(place)
        with self._spool.transaction():
            if events:
                self._tell_new(team, place, events, wakes, now)
            for waiting in wakes:
                if waiting.until <= now:
                    self._give_up(team, place, events, waiting, now)
                    self._spool.answered([waiting])
                elif not waiting.fresh and events is not None:
                    self._spool.answered([waiting])

    def _tell_new(
        self, team: str, place: Place, events: Sequence[Alert], wakes: Sequence[Waiting], now: float
    ) -> None:
        """Tell of each incident its newest event, if it is new; what came before it is its heat.

        What began and ended while the team was not to be woken (quiet hours, a silence) is no news: only of
        what ended within the hour before a team was woken for this place the last is told.
        """
        awake = self._was_awake(team, place, now)
        untold = self._spool.untold(team, [event.id for event in events], now)
        if not untold:
            return
        incidents: defaultdict[str, list[Alert]] = defaultdict(list)
        for event in events:
            incidents[event.incident].append(event)
        for history in incidents.values():
            newest = history[-1]
            news = [event for event in history if event.id in untold]
            heard = len(news) < len(history)
            over = newest is events[-1] and now - newest.at / 1000 <= _NEWS_SECONDS
            if newest.id in untold and (newest.active or heard or awake or over):
                self._queue(team, self._notice(newest, len(news)), now)
        self._spool.tell(team, untold, now)

    def _was_awake(self, team: str, place: Place, now: float) -> bool:
        """Whether the team was woken for this place up to now; it counts as woken from now on."""
        name = f"{_LOOKED}{team}|{place.rule}|{place.watchlist}|{place.platform}"
        last = self._spool.fact(name)
        self._spool.remember(name, f"{now:.0f}")
        return last is not None and now - float(last) <= _AWAKE_SECONDS

    def _give_up(
        self, team: str, place: Place, events: Sequence[Alert] | None, waiting: Waiting, now: float
    ) -> None:
        """Tell without figures what the index does not know in time, if it is firing and news."""
        level = _level(waiting.wake.labels.get("level", ""))
        known = events is not None and any(event.active and event.level == level for event in events)
        if waiting.wake.status != "firing" or not waiting.fresh or known or level is None:
            return
        self._looked_up("given_up")
        zh, en = self._title(place.watchlist)
        sentences = {
            words.language: words.text(
                "{rule} of {name} reached level {level}; its figures cannot be looked up now and follow when "
                "they can.",
                rule=words.text(RULE_WORDS.get(place.rule, message("notice: alert"))),
                name=words.of(en, zh),
                level=words.text(LEVEL_WORDS[level]),
            )
            for words in (catalogue("zh"), catalogue("en"))
        }
        notice = Notice(
            key=f"labels:{waiting.wake.fingerprint}:{waiting.wake.starts_at}:{level}",
            kind="opinion",
            about=place.watchlist,
            title_zh=zh,
            title_en=en,
            state="firing",
            zh=sentences["zh"],
            en=sentences["en"],
            rule=place.rule,
            level=level,
        )
        self._queue(team, notice, now)

    def _tell_operations(self, waiting: Waiting, now: float) -> None:
        """Tell what is said of the pipeline when it begins and when it ends."""
        wake = waiting.wake
        mark = PIPELINE + wake.fingerprint
        with self._spool.transaction():
            self._spool.answered([waiting])
            if wake.status == "firing":
                began_anew = self._began_anew(waiting, now)
                if not self._spool.untold(waiting.team, [mark], now) and not began_anew:
                    return
                self._spool.tell(waiting.team, [mark], now)
            elif not self._spool.forget(waiting.team, mark):
                return
            name = wake.labels.get("alertname", "")
            notice = Notice(
                key=f"{name}:{wake.fingerprint}:{wake.starts_at}:{wake.status}:{now:.0f}",
                kind="operations",
                about=name,
                title_zh=_operations_title(name, "zh"),
                title_en=_operations_title(name, "en"),
                state="firing" if wake.status == "firing" else "resolved",
                zh=plain(wake.annotations.get("summary_zh", name)),
                en=plain(wake.annotations.get("summary_en", name)),
                at=round(now * 1000),
                incident=wake.fingerprint,
            )
            self._queue(waiting.team, notice, now)

    def _began_anew(self, waiting: Waiting, now: float) -> bool:
        """Whether what fires is another time than the one that was told.

        Alertmanager does not tell the end of what ends while it is silenced; but what goes on it says every
        minute.
        """
        name = f"{_FIRED}{waiting.team}|{waiting.wake.fingerprint}"
        before = self._spool.fact(name)
        self._spool.remember(name, f"{now:.0f} {waiting.wake.starts_at}")
        if before is None:
            return False
        last, _, began = before.partition(" ")
        return began != waiting.wake.starts_at and now - float(last) > _MISSED_SECONDS

    def _notice(self, event: Alert, heat: int) -> Notice:
        """The notice of an event. Who hears of opinion hears, too, whether it is being coordinated now."""
        notice = told(event, self._title(event.watchlist), self._options.link(event), heat)
        levels = self._campaign_levels(event) if event.active and event.rule != "campaign" else []
        if not levels:
            return notice
        gravest = max(levels, key=LEVELS.index)
        return msgspec.structs.replace(notice, campaigns=len(levels), campaign_level=gravest)

    def _campaign_levels(self, event: Alert) -> list[Level]:
        """Levels of the campaigns about the same watchlist that go on; none when they cannot be looked up."""
        try:
            newest = {one.incident: one for one in self._log.campaigns(event.watchlist)}
        except MonitorError:
            return []
        return [one.level for one in newest.values() if one.active]

    def _title(self, watchlist: str) -> tuple[str, str]:
        return self._options.titles.get(watchlist, (watchlist, watchlist))

    def _queue(self, team: str, notice: Notice, now: float) -> None:
        self._spool.queue(self._options.teams.get(team, ()), notice, now)


def _operations_title(name: str, language: Language) -> str:
    """What an operational alert is called; one that is not ours by its own name."""
    words = OPERATIONS_WORDS.get(name)
    return name if words is None else catalogue(language).text(words)


def _level(text: str) -> Level | None:
    return next((level for level in LEVELS if level == text), None)
