"""Data sources by their fixed ids: Prometheus, and three families of indices.

Posts are not among them, nor texts and accounts of campaigns: whoever may look at a wall can ask its sources
for anything that they hold.
"""

from __future__ import annotations

from typing import Literal

from grafana_foundation_sdk.models.common import DataSourceRef

Index = Literal["figures", "campaign-summaries", "alerts"]
TIME_FIELDS: dict[Index, str] = {"figures": "minute", "campaign-summaries": "last_seen_at", "alerts": "at"}
PROMETHEUS_UID = "opinion-prometheus"


def prometheus() -> DataSourceRef:
    """The Prometheus that scrapes the roles."""
    return DataSourceRef(type_val="prometheus", uid=PROMETHEUS_UID)


def index_uid(index: Index) -> str:
    """The id of the data source of a family of indices."""
    return f"opinion-{index}"


def elasticsearch(index: Index) -> DataSourceRef:
    """A family of indices."""
    return DataSourceRef(type_val="elasticsearch", uid=index_uid(index))
