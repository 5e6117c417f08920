"""How a text feels: sentiment and emotion scorers, and which watchlists it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.scoring.explaining import Explanation

__all__ = ["explain"]


def explain(text: str) -> Explanation:
    """Why ``text`` scores as it does by the model that comes with this package.

    Raises:
        ModelError: the packaged model cannot be read.
    """
    from monitor.scoring import explaining  # noqa: PLC0415 - the port is imported without any model

    return explaining.explain(text)
