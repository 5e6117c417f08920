"""How values read on a page: words of the reader's language, times of the centre's zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

import msgspec

from monitor.console.search_language import NO_TITLES, Titles
from monitor.language import Catalogue

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000


class Reading(msgspec.Struct, frozen=True):
    """The reader's language, the centre's zone, what watchlists are called in that language, and their names
    by what they are called in any (``monitor.console.search_language``).
    """

    words: Catalogue
    zone: tzinfo
    watchlists: Mapping[str, str]
    titles: Titles = NO_TITLES

    def text(self, key: str, **values: object) -> str:
        """A message of the catalogue."""
        return self.words.text(key, **values)

    def known(self, value: str) -> str:
        """The words for a value of a closed set (a sentiment, kind, level …); unknown ones as they are."""
        return self.words.messages.get(value, value)

    def watchlist(self, name: str) -> str:
        """What a watchlist is called."""
        return self.watchlists.get(name, name)

    def value(self, field: str, value: str) -> str:
        """The words for a value of a field of the search."""
        if field == "watchlist":
            return self.watchlist(value)
        if field in {"author", "target", "campaign"}:
            return value
        return self.known(value)

    def number(self, value: float) -> str:
        """A whole number with separators."""
        return f"{round(value):,}"

    def about(self, value: float, most: int, exact_up_to: int) -> str:
        """A number, at most ``most``; above a bound it is an estimate: to two digits, and it says so."""
        if value <= exact_up_to:
            return self.number(value)
        step = 10 ** (len(str(round(value))) - 2)
        rounded = round(value / step) * step
        return self.text(
            "about {count}", count=self.number(rounded if rounded <= most else most // step * step)
        )

    def share(self, value: float | None, digits: int = 0) -> str:
        """A share of one as per cent."""
        return "–" if value is None else f"{100 * value:.{digits}f}%"

    def moment(self, at: int) -> str:
        """A time to the second with the offset of the zone."""
        moment = datetime.fromtimestamp(at / 1000, self.zone)
        return f"{moment:%Y-%m-%d %H:%M:%S} {self.offset(at)}"

    def minute(self, at: int) -> str:
        """A time to the minute, without offset: where the offset stands beside it already."""
        return f"{datetime.fromtimestamp(at / 1000, self.zone):%Y-%m-%d %H:%M}"

    def stamp(self, at: int) -> str:
        """A time to the minute with the offset of the zone."""
        return f"{self.minute(at)} {self.offset(at)}"

    def clock(self, at: int) -> str:
        """The time of day to the minute."""
        return f"{datetime.fromtimestamp(at / 1000, self.zone):%H:%M}"

    def machine(self, at: int) -> str:
        """A time as ``datetime`` attributes have it."""
        return datetime.fromtimestamp(at / 1000, self.zone).isoformat(timespec="seconds")

    def offset(self, at: int) -> str:
        """The zone's offset at a moment, as ``+08:00``."""
        offset = f"{datetime.fromtimestamp(at / 1000, self.zone):%z}"
        return f"{offset[:3]}:{offset[3:5]}"

    def duration(self, milliseconds: int) -> str:
        """How long something lasted, in its two largest units, or in one where that says all."""
        if milliseconds < _MINUTE:
            return self.text("{count} s", count=max(milliseconds // _SECOND, 0))
        if milliseconds < _HOUR:
            return self.text("{count} min", count=milliseconds // _MINUTE)
        if milliseconds < _DAY:
            hours, rest = divmod(milliseconds // _MINUTE, 60)
            if not rest:
                return self.text("{count} h", count=hours)
            return self.text("{hours} h {minutes} min", hours=hours, minutes=rest)
        days, rest = divmod(milliseconds // _HOUR, 24)
        if not rest:
            return self.text("{count} d", count=days)
        return self.text("{days} d {hours} h", days=days, hours=rest)

    def person(self, pseudonym: str) -> str:
        """A pseudonym, short enough to read and long enough to tell people apart."""
        return pseudonym.rpartition(":")[2][:10]
