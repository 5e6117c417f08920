"""Charts as plain ECharts options; what draws them comes with NiceGUI, not from another host.

Colours are the theme's, tooltips are drawn as text (never HTML), and moving is off: a picture of a page is
the same every time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

import msgspec

from monitor.console.pages.palette import THEMES, Theme

Options = dict[str, object]

_FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif'
_HATCH = {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [2, 4], "rotation": 0.785}


class Series(msgspec.Struct, frozen=True):
    """One series of a chart over time: its name, colour (of the palette) and value at each place.

    None is *no data*: a gap. ``line`` draws a line instead of bars; ``dashed`` a dashed one.
    """

    name: str
    colour: str
    values: Sequence[float | None]
    line: bool = False
    dashed: bool = False
    hatched: bool = False


def clock_labels(starts: Sequence[int], zone: tzinfo) -> list[str]:
    """Short names of moments (milliseconds): the date only where days change or nothing else differs."""
    moments = [datetime.fromtimestamp(start / 1000, zone) for start in starts]
    if len({moment.date() for moment in moments}) <= 1:
        return [f"{moment:%H:%M}" for moment in moments]
    if all((moment.hour, moment.minute) == (0, 0) for moment in moments):
        return [f"{moment:%Y-%m-%d}" for moment in moments]
    return [f"{moment:%m-%d %H:%M}" for moment in moments]


def over_time(
    labels: Sequence[str], series: Sequence[Series], *, theme: Theme = "light", brush: bool = False
) -> Options:
    """Stacked bars (and lines) over time, one place for each label.

    With ``brush`` a range can be drawn over it (``chart:brushEnd`` tells the places).
    """
    colours = THEMES[theme]
    text = {"color": colours["muted"], "fontFamily": _FONT, "fontSize": 12}
    options: Options = {
        "animation": False,
        "textStyle": {"fontFamily": _FONT},
        "aria": {"enabled": False},
        "grid": {
            "left": 4,
            "right": 8,
            "top": 32 if len(series) > 1 else 8,
            "bottom": 4,
            "containLabel": True,
        },
        "tooltip": {
            "trigger": "axis",
            "renderMode": "richText",
            "axisPointer": {"type": "shadow"},
            "confine": True,
            "backgroundColor": colours["card"],
            "borderColor": colours["line"],
            "textStyle": {"color": colours["ink"], "fontFamily": _FONT, "fontSize": 12},
        },
        "xAxis": {
            "type": "category",
            "data": list(labels),
            "axisLabel": text | {"hideOverlap": True},
            "axisLine": {"lineStyle": {"color": colours["line"]}},
            "axisTick": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "minInterval": 1,
            "splitNumber": 3,
            "axisLabel": text,
            "splitLine": {"lineStyle": {"color": colours["line"]}},
        },
        "series": [_series(one, colours) for one in series],
    }
    if len(series) > 1:
        options["legend"] = {
            "left": 0,
            "top": 0,
            "itemWidth": 14,
            "itemHeight": 10,
            "textStyle": text,
            "selectedMode": False,
        }
    if brush:
        options["brush"] = {
            "xAxisIndex": 0,
            "throttleType": "debounce",
            "throttleDelay": 200,
            "brushStyle": {"color": "rgba(11,107,112,0.16)", "borderColor": colours["accent"]},
            "outOfBrush": {"colorAlpha": 0.35},
        }
        options["toolbox"] = {"show": False}
    return options


def _series(one: Series, colours: dict[str, str]) -> Options:
    colour = colours[one.colour]
    if one.line:
        return {
            "type": "line",
            "name": one.name,
            "data": list(one.values),
            "symbol": "none",
            "connectNulls": False,
            "step": False,
            "lineStyle": {"color": colour, "width": 2, "type": "dashed" if one.dashed else "solid"},
            "itemStyle": {"color": colour},
        }
    style: Options = {"color": colour}
    if one.hatched:
        style["decal"] = _HATCH | {"color": colours["card"]}
    return {
        "type": "bar",
        "name": one.name,
        "data": [value or None for value in one.values],
        "stack": "all",
        "barCategoryGap": "12%",
        "barMinHeight": 1,
        "itemStyle": style,
    }


def filled(buckets: Sequence[tuple[int, int]], step: int, last: int) -> list[tuple[int, int]]:
    """Counts by start of their bucket (milliseconds), the empty ones in between put in, up to ``last``."""
    counts = dict(buckets)
    if not counts:
        return []
    end = max(last, *counts) + 1
    return [(moment, counts.get(moment, 0)) for moment in range(min(counts), end, step)]


def spark_path(values: Sequence[float | None], width: int = 240, height: int = 40) -> str:
    """An SVG path through the values; where there is none, the line is broken instead of falling to zero."""
    known = [value for value in values if value is not None]
    top = max(known, default=0.0) or 1.0
    step = width / max(len(values) - 1, 1)
    path: list[str] = []
    pen_down = False
    for place, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        x, y = place * step, 1 + (height - 2) * (1 - value / top)
        path.append(f"{'L' if pen_down else 'M'}{x:.1f} {y:.1f}")
        if not pen_down:
            path.append("h0.01")
        pen_down = True
    return "".join(path)
