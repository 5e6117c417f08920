"""What can be known of the walls without Grafana: their queries, words, sources and files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from grafana import opinion_wall, pipeline_health
from grafana.names import LEVELS
from grafana.panels import Es, Panel, Prom
from grafana.sources import PROMETHEUS_UID, index_uid
from grafana.walls import WALLS, wall
from grafana.words import Language
from monitor.console.alert_desk import alert_query
from monitor.console.search_state import state_of
from monitor.index.elasticsearch_schema import FAMILIES, Layout
from monitor.language import LANGUAGES
from tests.checks.prometheus import CONFIG, registries

ROOT = Path(__file__).parents[1]
PANELS: list[tuple[str, Panel]] = [(module.UID, panel) for module in WALLS for panel in module.PANELS]
IDS = [f"{uid}-{panel.title.en}" for uid, panel in PANELS]
_METRIC = re.compile(r"\b(?:opinion[_:][a-z0-9_:]+|up)\b")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def known_metrics() -> set[str]:
    """Names of all series that exist: ours, what rules record, and Prometheus's own `up`."""
    names = {"up"}
    for registry in registries():
        for family in registry.collect():
            suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
            names |= {family.name + suffix for suffix in suffixes.get(family.type, [""])}
    for path in (CONFIG / "rules").glob("*.yml"):
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]:
            names |= {rule["record"] for rule in group["rules"] if "record" in rule}
    return names


@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=IDS)
def test_a_panel_asks_for_series_and_fields_that_exist(uid: str, panel: Panel) -> None:
    for query in panel.queries:
        if isinstance(query, Prom):
            found = set(_METRIC.findall(query.expr))
            assert found
            assert found <= known_metrics()
        else:
            fields = str(Layout().template(query.index))
            for field in (*query.sums, *query.groups, query.by, query.time_field):
                assert field.partition(".")[0] in fields


@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=IDS)
def test_a_panel_has_words_in_both_languages_a_unit_and_a_text_for_no_data(uid: str, panel: Panel) -> None:
    assert all(_CHINESE.search(words.zh) for words in (panel.title, panel.empty))
    assert not any(_CHINESE.search(words.en) for words in (panel.title, panel.empty))
    assert panel.unit


@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=IDS)
def test_what_is_about_people_leaves_out_fewer_than_five(uid: str, panel: Panel) -> None:
    for query in panel.queries:
        if isinstance(query, Es) and any(field.startswith("labels") for field in query.sums):
            assert "speakers:[5 TO *]" in query.query


@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=IDS)
def test_a_table_shows_chosen_columns_and_none_with_texts(uid: str, panel: Panel) -> None:
    assert bool(panel.columns) == (panel.kind == "table")
    for query in panel.queries:
        if isinstance(query, Es) and panel.kind == "table":
            assert query.rows == (query.index == "alerts")


@pytest.mark.parametrize("language", LANGUAGES)
def test_levels_have_their_names_and_colours(language: Language) -> None:
    for _, panel in PANELS:
        names = " ".join(query.legend for query in panel.queries if isinstance(query, Prom))
        if "{{level}}" in names:
            assert panel.names.items() >= LEVELS.items()
    built = json.loads(wall(opinion_wall, language))["panels"][0]["fieldConfig"]["overrides"]
    red = next(one for one in built if one["matcher"]["options"] == "red")
    assert {"id": "displayName", "value": LEVELS["red"].words.of(language)} in red["properties"]
    assert {"id": "color", "value": {"mode": "fixed", "fixedColor": "red"}} in red["properties"]


def test_a_limit_of_a_line_is_drawn() -> None:
    for panel in json.loads(wall(pipeline_health, "zh"))["panels"]:
        if panel["type"] == "timeseries" and len(panel["fieldConfig"]["defaults"]["thresholds"]["steps"]) > 1:
            assert panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"] == "dashed"


@pytest.mark.parametrize(("uid", "panel"), PANELS, ids=IDS)
def test_a_link_leads_to_a_page_of_the_console_with_subject_and_time(uid: str, panel: Panel) -> None:
    for link in panel.links:
        filled = re.sub(r"\$\{__(?:data\.fields|field\.labels)\.\w+\}", "housing", link.url)
        filled = filled.replace("${__from}", "1323088200000").replace("${__to}", "1323088800000")
        parts = urlsplit(filled.replace("${console}", "http://console"))
        if parts.path == "/search":
            state = state_of(dict(parse_qsl(parts.query)))
            assert (state.q, state.after, state.before) == (
                "watchlist:housing", 1_323_088_200_000, 1_323_088_800_000,
            )  # fmt: skip
        elif parts.path == "/alerts":
            query = alert_query(dict(parse_qsl(parts.query)))
            assert (query.after, query.before) == (1_323_088_200_000, 1_323_088_800_000)
        else:
            assert parts.path == "/campaigns/housing"


@pytest.mark.parametrize("module", WALLS)
def test_an_english_wall_is_english(module: ModuleType) -> None:
    assert not _CHINESE.search(wall(module, "en"))


@pytest.mark.parametrize("module", WALLS)
def test_panels_do_not_lie_over_each_other(module: ModuleType) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(wall(module, "zh"))["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells


def provisioned() -> dict[str, dict[str, object]]:
    path = ROOT / "grafana" / "provisioning" / "datasources" / "opinion.yml"
    return {source["uid"]: source for source in yaml.safe_load(path.read_text("utf-8"))["datasources"]}


def test_calm_is_told_from_a_role_that_is_not_heard_of() -> None:
    for module in WALLS:
        for panel in module.PANELS:
            asked = " ".join(query.expr for query in panel.queries if isinstance(query, Prom))
            if panel.kind == "stat" and "alert" in asked:
                assert "opinion_history_ready" in asked
                assert panel.names["none"]
                assert "No data" in panel.empty.en


def test_sources_are_prometheus_figures_campaigns_and_alerts_and_never_posts() -> None:
    assert set(provisioned()) == {
        PROMETHEUS_UID, index_uid("figures"), index_uid("campaign-summaries"), index_uid("alerts"),
    }  # fmt: skip
    patterns = {str(source.get("jsonData")) for source in provisioned().values()}
    assert not any("opinions" in pattern or "'*'" in pattern for pattern in patterns)


def test_no_source_holds_a_text_or_an_account_of_a_campaign() -> None:
    for source in provisioned().values():
        data = source["jsonData"]
        assert isinstance(data, dict)
        families = [family for family in FAMILIES if data.get("index") == Layout().pattern(family)]
        assert len(families) == (source["type"] == "elasticsearch")
        for family in families:
            fields = str(Layout().template(family)["template"])
            assert not any(f"'{name}'" in fields for name in ("text", "examples", "details", "author"))


def sources_in(tree: object) -> set[str]:
    """The ids of all data sources that a dashboard's JSON names."""
    if isinstance(tree, list):
        return {uid for part in tree for uid in sources_in(part)}
    if not isinstance(tree, dict):
        return set()
    here = tree.get("datasource")
    own = {str(here["uid"])} if isinstance(here, dict) and "uid" in here else set()
    return own.union(*(sources_in(part) for part in tree.values()))


@pytest.mark.parametrize("module", WALLS)
def test_a_dashboard_uses_provisioned_sources_and_is_mounted(module: ModuleType) -> None:
    used = sources_in(json.loads(wall(module, "zh")))
    assert used
    assert used <= set(provisioned())
    assert f"./grafana/dashboards/{module.UID}.json:" in (ROOT / "docker-compose.yml").read_text("utf-8")
