"""Time in the simulated world: seconds since 1970, written in China's zone, and the rhythm of a day."""

import random
from datetime import datetime, timedelta, timezone
from functools import lru_cache

CHINA = timezone(timedelta(hours=8))

_NIGHT_AND_MORNING = (0.45, 0.26, 0.15, 0.09, 0.07, 0.09, 0.19, 0.38, 0.60, 0.78, 0.85, 0.83)
_NOON_TO_MIDNIGHT = (0.86, 0.80, 0.74, 0.75, 0.76, 0.72, 0.70, 0.75, 0.88, 0.98, 1.00, 0.80)
_HOURLY = _NIGHT_AND_MORNING + _NOON_TO_MIDNIGHT
_HOURLY_TOTAL = sum(_HOURLY)
_CHINA_OFFSET = 8 * 3600


def activity(at: float) -> float:
    """Return how awake the country is at ``at`` (epoch seconds), from 0 to 1, linear between full hours."""
    hours = ((at + _CHINA_OFFSET) % 86_400) / 3600
    hour = int(hours)
    here, there = _HOURLY[hour], _HOURLY[(hour + 1) % 24]
    return here + (there - here) * (hours - hour)


def share_of_day(at: float) -> float:
    """Return the share of a day's talk that falls into one second at ``at``."""
    return activity(at) / (_HOURLY_TOTAL * 3600)


def waking_moment(rng: random.Random, day_start: int) -> int:
    """Draw a second of the day that begins at ``day_start``, the busy hours more often."""
    while True:
        at = day_start + int(rng.random() * 86_400)
        if rng.random() < activity(at):
            return at


@lru_cache(maxsize=4_096)
def _date(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400 - _CHINA_OFFSET, CHINA).strftime("%Y-%m-%dT")


def iso(at: int) -> str:
    """Return ISO 8601 with China's offset, whole seconds."""
    day, second = divmod(at + _CHINA_OFFSET, 86_400)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{_date(day)}{hour:02d}:{minute:02d}:{second:02d}+08:00"
