"""How grave a campaign is, blue to red: by its size, its duration and its share of the target's voice."""

from __future__ import annotations

from monitor.campaigns.port import LEVELS, Level

_SIZES = (60, 250, 1_000)
"""Accounts from which on a campaign is yellow, orange and red by its size alone."""
_LASTING_MS, _LASTING_ACCOUNTS = 6 * 3_600_000, 30
_LOUD_ACCOUNTS = 100
_LOUD_SHARE = (2, 3)


def level_of(accounts: int, lasted_ms: int, records: int, voice: int) -> Level:
    """The level by accounts, raised once for a lasting campaign and once for a loud one.

    ``voice`` is how many records its targets had since its first, its own ``records`` included; 0 where there
    is no target of whose voice it could take a share. Two thirds of it are loud.
    """
    rank = sum(accounts >= size for size in _SIZES)
    rank += accounts >= _LASTING_ACCOUNTS and lasted_ms >= _LASTING_MS
    share, whole = _LOUD_SHARE
    rank += accounts >= _LOUD_ACCOUNTS and voice > 0 and whole * records >= share * voice
    return LEVELS[min(rank, len(LEVELS) - 1)]
