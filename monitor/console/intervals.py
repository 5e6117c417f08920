"""How long the bars of a histogram are: a length that people read, in the centre's days."""

from __future__ import annotations

from datetime import datetime, tzinfo

from monitor.index.port import Histogram

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_LENGTHS = (
    *(one * _MINUTE for one in (1, 2, 5, 10, 20, 30)),
    *(one * _HOUR for one in (1, 2, 4, 6, 12)),
    *(one * _DAY for one in (1, 2, 7, 14, 28, 91, 182, 364)),
)
BARS = 60
LONGEST = _LENGTHS[-1]


def histogram_over(start: int, end: int, zone: tzinfo, bars: int = BARS) -> Histogram:
    """Some ``bars`` buckets over event time [start, end] (milliseconds), cut at the zone's hours and days.

    All with the offset that the zone has at the end: where clocks changed, days before begin an hour off.
    """
    seconds = max(end - start, 0) / 1000
    length = next((one for one in _LENGTHS if seconds / one <= bars), LONGEST)
    if length < _HOUR:
        return Histogram(length)
    offset = datetime.fromtimestamp(end / 1000, zone).utcoffset()
    return Histogram(length, 0 if offset is None else -int(offset.total_seconds()))
