"""The colours of the console, once: style sheet, charts and the contrast test read them here.

Level colours (blue, yellow, orange, red) stand for levels only, always with their name in words. Every
pair in ``TEXT_PAIRS`` has a contrast of at least 4.5 to 1, every pair in ``GRAPHIC_PAIRS`` of at least
3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11).
"""

from __future__ import annotations

from typing import Literal

Theme = Literal["light", "dark"]

LIGHT = {
    "ground": "#f3f5f7",
    "card": "#ffffff",
    "sunken": "#eaeef2",
    "ink": "#17222d",
    "muted": "#52606d",
    "line": "#d5dce3",
    "edge": "#7d8996",
    "accent": "#0b6b70",
    "accent-soft": "#e0f0f0",
    "on-accent": "#ffffff",
    "bar": "#142535",
    "on-bar": "#f2f6f9",
    "on-bar-muted": "#b4c2cf",
    "mark": "#ffe9a8",
    "wrong": "#9d1c2f",
    "wrong-soft": "#fbe9ec",
    "negative": "#8a2f6b",
    "neutral": "#6b7986",
    "positive": "#1f7a54",
    "uncertain": "#87939f",
    "negative-soft": "#f6e7f1",
    "neutral-soft": "#eaeef2",
    "positive-soft": "#e2f2ea",
    "others": "#7c8b99",
    "campaign": "#b0531a",
    "blue": "#1c5fb8",
    "on-blue": "#ffffff",
    "yellow": "#f2c31a",
    "on-yellow": "#17222d",
    "orange": "#ee8a2b",
    "on-orange": "#17222d",
    "red": "#b3211f",
    "on-red": "#ffffff",
}
"""What staff work with."""

DARK = LIGHT | {
    "ground": "#0c1722",
    "card": "#142535",
    "sunken": "#0f1d2a",
    "ink": "#eef3f7",
    "muted": "#a9b8c6",
    "line": "#2a3d4f",
    "edge": "#6d8296",
    "accent": "#57c7c4",
    "accent-soft": "#173a42",
    "on-accent": "#0c1722",
    "bar": "#0f1d2a",
    "wrong": "#ff9aa6",
    "wrong-soft": "#3a1b24",
    "negative": "#d97fb9",
    "neutral": "#93a4b4",
    "positive": "#5cc39a",
    "uncertain": "#7488a0",
    "negative-soft": "#40203a",
    "neutral-soft": "#22364a",
    "positive-soft": "#173d32",
    "others": "#8ea0b2",
    "campaign": "#f0a06a",
    "blue": "#2f74d0",
    "red": "#d13a33",
}
"""The wall, read from across a room."""

THEMES: dict[Theme, dict[str, str]] = {"light": LIGHT, "dark": DARK}

TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    ("ink", "ground"),
    ("ink", "card"),
    ("ink", "sunken"),
    ("muted", "ground"),
    ("muted", "card"),
    ("muted", "sunken"),
    ("accent", "card"),
    ("accent", "ground"),
    ("accent", "accent-soft"),
    ("ink", "accent-soft"),
    ("on-accent", "accent"),
    ("on-bar", "bar"),
    ("on-bar-muted", "bar"),
    ("wrong", "card"),
    ("wrong", "wrong-soft"),
    ("negative", "negative-soft"),
    ("ink", "neutral-soft"),
    ("positive", "positive-soft"),
    ("on-blue", "blue"),
    ("on-yellow", "yellow"),
    ("on-orange", "orange"),
    ("on-red", "red"),
)
"""Text and what it stands on."""

GRAPHIC_PAIRS: tuple[tuple[str, str], ...] = (
    ("edge", "card"),
    ("accent", "card"),
    ("negative", "card"),
    ("neutral", "card"),
    ("positive", "card"),
    ("uncertain", "card"),
    ("others", "card"),
    ("campaign", "card"),
)
"""Borders of controls and parts of charts, and what they stand on."""


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours ``#rrggbb`` (WCAG 2.2, definition of contrast ratio)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def variables(theme: Theme) -> str:
    """The colours as CSS custom properties."""
    return "".join(f"--{name}:{colour};" for name, colour in THEMES[theme].items())
