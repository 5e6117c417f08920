"""The figures of the big screen: what is said, how people feel, what is going on, and how fresh it is."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

from monitor.console.campaign_desk import CampaignDesk
from monitor.console.intervals import histogram_over
from monitor.console.opinion_desk import OpinionDesk
from monitor.console.views import Freshness, PeopleNegative, Series, Wall, WallSubject
from monitor.index.lists import AlertQuery
from monitor.index.port import Bucket, Histogram, OpinionReader, Query
from monitor.opinion.figures import MINIMUM_PEOPLE, MINUTE_MILLISECONDS, Figure, FigureKey
from monitor.opinion.organic import opinion

IDLE_SECONDS = 15 * 60
WINDOW_HOURS = 24
_MOST_HOURS = 31 * 24
_HOUR = 3_600_000
_KEEP_SECONDS = 10.0
_MOST_ALERTS = 20


class WallDesk:
    """Makes the wall; what it made is shown again for ten seconds, however many screens ask."""

    def __init__(
        self,
        desk: OpinionDesk,
        campaigns: CampaignDesk,
        watchlists: Sequence[str],
        platforms: Sequence[str],
    ) -> None:
        self._desk = desk
        self._campaigns = campaigns
        self._watchlists = tuple(watchlists)
        self._platforms = tuple(platforms)
        self._turn = threading.Lock()
        self._made: dict[int, tuple[float, Wall]] = {}

    def wall(self, hours: int = WINDOW_HOURS) -> Wall:
        """The last ``hours`` before the newest record; before now, while records come in."""
        hours = min(max(hours, 1), _MOST_HOURS)
        now = self._desk.clock()
        with self._turn:
            made = self._made.get(hours)
            if made is None or not 0 <= now - made[0] < _KEEP_SECONDS:
                made = self._made[hours] = now, self._make(int(now * 1000), hours)
            return made[1]

    def _make(self, now: int, hours: int) -> Wall:
        index = self._desk.index()
        sources = [self._freshness(index, platform, now) for platform in self._platforms]
        newest = max((one.last_at for one in sources if one.last_at is not None), default=now)
        end = min(now, newest) // MINUTE_MILLISECONDS * MINUTE_MILLISECONDS + MINUTE_MILLISECONDS
        start = end - hours * _HOUR
        histogram = histogram_over(start, end, self._desk.zone)
        campaigns, active = self._campaigns.active(start)
        going_on = index.find_alerts(AlertQuery(open=True, limit=_MOST_ALERTS))
        ended = index.find_alerts(AlertQuery(open=False, after=start, limit=_MOST_ALERTS))
        alerts = (*going_on.alerts, *ended.alerts)
        return Wall(
            now=now,
            start=start,
            end=end,
            subjects=tuple(
                _subject(name, index.figures(name, None, start, end), histogram, end, newest)
                for name in self._watchlists
            ),
            campaigns=campaigns,
            active_campaigns=active,
            alerts=alerts[:_MOST_ALERTS],
            more_alerts=len(alerts) > _MOST_ALERTS or bool(going_on.cursor or ended.cursor),
            sources=tuple(sources),
        )

    def _freshness(self, index: OpinionReader, platform: str, now: int) -> Freshness:
        hits = index.search(Query(platform=platform, limit=1)).hits
        last_at = hits[0].document.created_at if hits else None
        return Freshness(platform, last_at, last_at is None or now - last_at > IDLE_SECONDS * 1000)


def _subject(
    watchlist: str, figures: Sequence[tuple[FigureKey, Figure]], histogram: Histogram, end: int, newest: int
) -> WallSubject:
    """What is said of a watchlist up to ``end``; records up to ``newest`` (both event time) were seen."""
    total = Figure.of(figure for _, figure in figures)
    width, shift = histogram.interval_seconds * 1000, histogram.shift_seconds * 1000
    bars: Counter[int] = Counter()
    for key, figure in figures:
        bars[key.minute - (key.minute - shift) % width] += figure.records
    return WallSubject(
        watchlist=watchlist,
        records=total.records,
        people=None if total.people < MINIMUM_PEOPLE else round(total.people),
        sentiment=None
        if total.withheld
        else {**{str(label): count for label, count in total.labels.items()}, "uncertain": total.uncertain},
        negative=_negative(total, end, newest),
        campaign_share=total.campaign_milli / 1000 / total.records if total.records else 0.0,
        series=Series(
            histogram.interval_seconds, tuple(Bucket(at, count) for at, count in sorted(bars.items()))
        ),
        last_at=max((key.minute for key, figure in figures if figure.records), default=None),
    )


def _negative(total: Figure, end: int, newest: int) -> PeopleNegative | None:
    found = opinion(total, end=end, reached=newest)
    if found.negative is None or found.raw_negative is None:
        return None
    people = found.negative
    return PeopleNegative(
        found.raw_negative, people.value, people.low, people.high, found.people, found.provisional
    )
