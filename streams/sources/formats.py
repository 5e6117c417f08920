"""The formats that sources may speak, by name."""

from collections.abc import Mapping

from monitor.errors import SourceError
from streams.sources.adapters import RecordAdapter, SourceAdapter
from streams.sources.weibo import SinaWeiboApi

_FORMATS: Mapping[str, type[RecordAdapter] | type[SinaWeiboApi]] = {
    RecordAdapter.format: RecordAdapter,
    SinaWeiboApi.format: SinaWeiboApi,
}
FORMATS: tuple[str, ...] = tuple(_FORMATS)


def adapter(name: str) -> SourceAdapter:
    """Return a new adapter for the format; raises ``SourceError`` naming those there are."""
    found = _FORMATS.get(name)
    if found is None:
        raise SourceError(f"source format {name!r} is unknown; use one of: {', '.join(FORMATS)}")
    return found()
