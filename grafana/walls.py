"""The three walls, put together: panels, the choice of subjects, alerts as annotations, links."""

from __future__ import annotations

import json
from types import ModuleType

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableOption,
    VariableRefresh,
)

from grafana import campaigns, opinion_wall, pipeline_health
from grafana.panels import Panel, placed
from grafana.sources import prometheus
from grafana.words import Language, Words

WALLS: tuple[ModuleType, ...] = (opinion_wall, campaigns, pipeline_health)
CONSOLE = "http://127.0.0.1:8080"
ANNOTATIONS = 'ALERTS{alertname="OpinionAlert",alertstate="firing"}'
CHOICE = "label_values(opinion_window_records, watchlist)"
_TAG = "opinion-monitor"


def wall(module: ModuleType, language: Language) -> str:
    """The JSON of a dashboard."""
    title: Words = module.TITLE
    panels: tuple[Panel, ...] = module.PANELS
    made = (
        dashboard.Dashboard(title.of(language))
        .uid(module.UID)
        .tags([_TAG])
        .timezone("browser")
        .refresh("30s")
        .time("now-6h", "now")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(_console(language))
        .with_variable(_watchlist(language))
        .annotation(_alerts(language))
        .link(_others(language))
        .readonly()
    )
    for panel in placed(panels, language):
        made.with_panel(panel)
    tree = json.dumps(made.build(), cls=JSONEncoder, ensure_ascii=False, indent=2, sort_keys=True)
    return tree + "\n"


def _console(language: Language) -> dashboard.TextBoxVariable:
    box = dashboard.TextBoxVariable("console").label(Words("控制台地址", "Console").of(language))
    return box.default_value(CONSOLE).current(VariableOption(text=CONSOLE, value=CONSOLE))


def _watchlist(language: Language) -> dashboard.QueryVariable:
    chosen = dashboard.QueryVariable("watchlist").label(Words("关注话题", "Subject").of(language))
    chosen.datasource(prometheus()).refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
    chosen.query({"query": CHOICE, "refId": "watchlists"})
    # Both Prometheus and the index read it as a regular expression.
    return (
        chosen.multi(False)
        .include_all(True)
        .all_value(".*")
        .current(VariableOption(text="All", value="$__all"))
    )


def _alerts(language: Language) -> dashboard.AnnotationQuery:
    shown = dashboard.AnnotationQuery().name(Words("警情", "Alerts").of(language)).datasource(prometheus())
    shown.enable(True).icon_color("red").expr(ANNOTATIONS)
    return (
        shown.title_format("{{watchlist}} · {{rule}}").text_format("{{platform}} {{level}}").tag_keys("level")
    )


def _others(language: Language) -> dashboard.DashboardLink:
    link = dashboard.DashboardLink(Words("其他看板", "Other walls").of(language))
    return link.type(DashboardLinkType.DASHBOARDS).tags([_TAG]).keep_time(True).include_vars(True)
