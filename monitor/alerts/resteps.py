"""What a watchlist remembers, when the length of its steps was changed between two runs."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from monitor.alerts.track import TrackState
from monitor.alerts.window import Cell


def first_step(before: int, old_ms: int, new_ms: int) -> int:
    """The first step of ``new_ms`` that begins no earlier than one of ``old_ms``."""
    return -(-before * old_ms // new_ms)


def in_steps(track: TrackState, upcoming: int, old_ms: int, new_ms: int) -> TrackState:
    """A track in steps of ``new_ms``, of which ``upcoming`` is the first that is not closed.

    What was counted in a closed step stays counted, and what waits goes on waiting.
    """
    closed = _moved((min(cell.step * old_ms // new_ms, upcoming - 1), cell) for cell in track.cells)
    waiting = _moved(
        (max(step * old_ms // new_ms, upcoming), cell) for step, cell in sorted(track.waiting.items())
    )
    return msgspec.structs.replace(track, cells=list(closed.values()), waiting=waiting)


def _moved(cells: Iterable[tuple[int, Cell]]) -> dict[int, Cell]:
    """Cells by the step they now belong to, those of one step as one."""
    moved: dict[int, Cell] = {}
    for step, cell in cells:
        known = moved.get(step)
        if known is None:
            moved[step] = msgspec.structs.replace(
                cell, step=step, people=cell.people.copy(), heard=cell.heard.copy()
            )
        else:
            known.merge(cell)
            known.cut()
    return moved
