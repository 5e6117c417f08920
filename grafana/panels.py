"""What a panel of ours is, and how it becomes one of Grafana's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    elasticsearch,
    prometheus,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.models.common import (
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataTransformerConfig,
    DynamicConfigValue,
    GridPos,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.elasticsearch import TermsOrder
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana import sources
from grafana.names import VALUES
from grafana.sources import Index
from grafana.words import Column, Language, Named, Words

Kind = Literal["lines", "stat", "table"]
AnyPanel = timeseries.Panel | stat.Panel | table.Panel
COLUMNS = 24
_ROWS_SHOWN = 200
_GROUPS_SHOWN = 50


class Prom(msgspec.Struct, frozen=True):
    """A query of Prometheus; ``legend`` may name labels in double braces."""

    expr: str
    legend: str = ""


class Es(msgspec.Struct, frozen=True):
    """A query of an index family.

    ``query`` is Lucene's; ``sums`` are the fields that are added up over time (none: documents are counted),
    ``by`` a field whose values are told apart. ``rows``: the newest documents as they are. With ``groups``, a
    table of the values of these fields and the largest of ``sums`` for each, the first of them from the
    top: nothing else of a document reaches Grafana. ``time_field`` is the family's unless given.
    """

    index: Index
    query: str
    sums: tuple[str, ...] = ()
    by: str = ""
    rows: bool = False
    groups: tuple[str, ...] = ()
    time_field: str = ""


class Link(msgspec.Struct, frozen=True):
    """A link of a panel's values."""

    title: Words
    url: str


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """One panel. From each of ``limits`` on it is yellow, orange, red; ``empty`` is its text for no data.

    ``names`` are those of its series; a table shows its ``columns`` and nothing else. The
    numbers of a table of several queries of Prometheus are its fields ``Value #A``, ``Value #B`` and so on.
    """

    title: Words
    kind: Kind = "lines"
    queries: tuple[Prom | Es, ...]
    unit: str = "short"
    empty: Words = Words("没有数据", "No data")
    about: Words = Words("", "")
    limits: tuple[float, ...] = ()
    links: tuple[Link, ...] = ()
    width: int = 12
    height: int = 8
    stacked: bool = False
    names: Mapping[str, Named] = {}
    columns: tuple[Column, ...] = ()


_COLOURS = ("green", "yellow", "orange", "red")


def placed(panels: Sequence[Panel], language: Language) -> list[AnyPanel]:
    """Grafana's panels, laid out from left to right in rows."""
    built: list[AnyPanel] = []
    x = y = row_height = 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > COLUMNS:
            x, y, row_height = 0, y + row_height, 0
        made = _built(panel, language).id(number).grid_pos(GridPos(h=panel.height, w=panel.width, x=x, y=y))
        built.append(made)
        x, row_height = x + panel.width, max(row_height, panel.height)
    return built


def _built(panel: Panel, language: Language) -> AnyPanel:
    made = _shape(panel)
    made.title(panel.title.of(language)).description(panel.about.of(language)).unit(panel.unit)
    made.no_value(panel.empty.of(language)).thresholds(_thresholds(panel.limits))
    if len({_source(query) for query in panel.queries}) == 1:
        first = panel.queries[0]
        made.datasource(
            sources.prometheus() if isinstance(first, Prom) else sources.elasticsearch(first.index)
        )
    for name, query in zip("ABCDEFGH", panel.queries, strict=False):
        made.with_target(_prom(query, name, panel.kind) if isinstance(query, Prom) else _es(query, name))
    made.data_links([_link(link, language) for link in panel.links])
    for series, named in panel.names.items():
        made.override_by_name(series, _looks(named, language))
    _arrange(made, panel.columns, language, joined=len(panel.queries) > 1)
    return made


def _looks(named: Named, language: Language) -> list[DynamicConfigValue]:
    looks = [DynamicConfigValue("displayName", named.words.of(language))]
    if named.colour:
        looks.append(DynamicConfigValue("color", {"mode": "fixed", "fixedColor": named.colour}))
    return looks


def _arrange(made: AnyPanel, columns: Sequence[Column], language: Language, *, joined: bool) -> None:
    """Show these columns in this order, under their titles; links go on knowing them by their fields.

    ``joined``: rows of several queries that have the same labels are one row.
    """
    if not columns:
        return
    fields = [column.field.of(language) for column in columns]
    if joined:
        made.with_transformation(DataTransformerConfig(id_val="merge", options={}))
    made.with_transformation(
        DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": fields}})
    )
    places = {field: place for place, field in enumerate(fields)}
    made.with_transformation(DataTransformerConfig(id_val="organize", options={"indexByName": places}))
    for field, column in zip(fields, columns, strict=True):
        looks = [DynamicConfigValue("displayName", column.title.of(language))]
        if column.unit:
            looks.append(DynamicConfigValue("unit", column.unit))
        made.override_by_name(field, looks)
    values = {
        value: ValueMappingResult(text=named.words.of(language), color=named.colour or None)
        for value, named in VALUES.items()
    }
    made.mappings([ValueMap(options=values)])


def _shape(panel: Panel) -> AnyPanel:
    match panel.kind:
        case "stat":
            last = common.ReduceDataOptions().calcs(["lastNotNull"])
            return stat.Panel().reduce_options(last)
        case "table":
            return table.Panel()
        case "lines":
            lines = timeseries.Panel().line_width(1).fill_opacity(40 if panel.stacked else 8)
            if panel.limits:
                dashed = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
                lines.thresholds_style(dashed)
            if panel.stacked:
                lines.stacking(common.StackingConfig().mode(StackingMode.NORMAL).group("A"))
            legend = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST)
            return lines.legend(legend.placement(LegendPlacement.BOTTOM).show_legend(True))


def _source(query: Prom | Es) -> str:
    return "prometheus" if isinstance(query, Prom) else query.index


def _prom(query: Prom, name: str, kind: Kind) -> prometheus.Dataquery:
    made = prometheus.Dataquery().expr(query.expr).ref_id(name).datasource(sources.prometheus())
    if query.legend:
        made.legend_format(query.legend)
    if kind == "lines":
        return made.range()
    made.instant()
    return made.format(PromQueryFormat.TABLE) if kind == "table" else made


def _es(query: Es, name: str) -> elasticsearch.Dataquery:
    made = elasticsearch.Dataquery().ref_id(name).datasource(sources.elasticsearch(query.index))
    field = query.time_field or sources.TIME_FIELDS[query.index]
    made.query(query.query).time_field(field).alias("{{field}}" if len(query.sums) > 1 else "")
    if query.rows:
        size = elasticsearch.ElasticsearchRawDataSettings().size(str(_ROWS_SHOWN))
        return made.metrics([elasticsearch.RawData().id("1").settings(size)]).bucket_aggs([])
    if query.groups:
        return _grouped(made, query)
    metrics = [elasticsearch.Sum().field(of).id(str(number)) for number, of in enumerate(query.sums, start=1)]
    made.metrics([*metrics] if metrics else [elasticsearch.Count().id("1")])
    over_time = elasticsearch.DateHistogram().field(field).id("9")
    over_time.settings(elasticsearch.ElasticsearchDateHistogramSettings().interval("auto").min_doc_count("0"))
    if not query.by:
        return made.bucket_aggs([over_time])
    order = (
        elasticsearch.ElasticsearchTermsSettings()
        .size("12")
        .order(TermsOrder.DESC)
        .order_by("_count")
        .min_doc_count("1")
    )
    return made.bucket_aggs([elasticsearch.Terms().field(query.by).id("8").settings(order), over_time])


def _grouped(made: elasticsearch.Dataquery, query: Es) -> elasticsearch.Dataquery:
    made.metrics(
        [elasticsearch.Max().field(of).id(str(number)) for number, of in enumerate(query.sums, start=1)]
    )
    newest = elasticsearch.ElasticsearchTermsSettings().size(str(_GROUPS_SHOWN)).order(TermsOrder.DESC)
    newest.order_by("1").min_doc_count("1")
    return made.bucket_aggs(
        [
            elasticsearch.Terms().field(field).id(str(number)).settings(newest)
            for number, field in enumerate(query.groups, start=10)
        ]
    )


def _thresholds(limits: Sequence[float]) -> dashboard.ThresholdsConfig:
    steps = [Threshold(value=None, color=_COLOURS[0])]
    steps += [
        Threshold(value=limit, color=colour) for limit, colour in zip(limits, _COLOURS[1:], strict=False)
    ]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _link(link: Link, language: Language) -> dashboard.DashboardLink:
    made = dashboard.DashboardLink(link.title.of(language)).type(DashboardLinkType.LINK)
    return made.url(link.url).target_blank(True)
