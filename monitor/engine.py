"""The search engine of the settings."""

from __future__ import annotations

from pathlib import Path

import msgspec
from elasticsearch import Elasticsearch

from monitor.index.elasticsearch import ElasticsearchIndex
from monitor.index.elasticsearch_client import check_version, connect
from monitor.index.elasticsearch_schema import Layout
from monitor.index.elasticsearch_setup import require_current
from monitor.settings import ElasticsearchSettings, LoadedSettings


def engine_client(engine: ElasticsearchSettings, path: Path) -> Elasticsearch:
    """A client for the engine of the settings; file names start at ``path``'s folder."""
    return connect(
        engine.url,
        api_key=engine.api_key or None,
        ca_certificates=path.parent / engine.ca_certificates if engine.ca_certificates else None,
        fingerprint=engine.fingerprint or None,
        timeout_seconds=engine.timeout_seconds,
    )


def layout_of(engine: ElasticsearchSettings) -> Layout:
    """Names and shape of the indices of the settings."""
    return Layout(
        prefix=engine.prefix,
        period=engine.period,
        shards=engine.shards,
        replicas=engine.replicas,
        refresh_seconds=engine.refresh_seconds,
        codec=engine.codec,
    )


def open_engine(settings: LoadedSettings, url: str, *, to_count: bool = False) -> ElasticsearchIndex:
    """The index at ``url``, for reading; all else is as in the settings.

    ``to_count``: overviews will be asked for, which count wrongly in indices of another version; and the
    little that is written (a judgement) can be found when the call returns.

    Raises:
        StoreError: the engine cannot be reached, or is of another major version, or, to count, one of its
            indices was made by another version of this program.
    """
    engine = msgspec.structs.replace(settings.settings.elasticsearch, url=url)
    client = engine_client(engine, settings.path)
    if to_count:
        require_current(client, url, layout_of(engine))
    else:
        check_version(client, url)
    return ElasticsearchIndex(client, url, layout_of(engine), refresh_writes=to_count)
