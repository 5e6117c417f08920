"""Installing the templates of the indices, and telling what an engine lacks or has differently."""

from __future__ import annotations

from contextlib import suppress

import msgspec
from elasticsearch import Elasticsearch, NotFoundError

from monitor.errors import StoreAwayError, StoreError
from monitor.index.elasticsearch_client import check_version, explained
from monitor.index.elasticsearch_schema import FAMILIES, Family, Layout

MAKE_THEM = "run 'opinion-monitor index create'"


class _Marked(msgspec.Struct):
    meta: dict[str, str] = msgspec.field(name="_meta", default_factory=dict)


class _NamedTemplate(msgspec.Struct):
    index_template: _Marked


class _Templates(msgspec.Struct):
    index_templates: list[_NamedTemplate]


class _Index(msgspec.Struct):
    aliases: dict[str, object]
    mappings: _Marked
    settings: dict[str, object]


class _Health(msgspec.Struct):
    status: str


def install(client: Elasticsearch, url: str, layout: Layout) -> None:
    """Put the templates there, new or again; indices that exist stay as they are.

    Raises ``StoreError`` when the engine cannot be used, or is of another major version.
    """
    check_version(client, url)
    with explained(url):
        for family in FAMILIES:
            client.indices.put_index_template(name=layout.alias(family), body=layout.template(family))


def uninstall(client: Elasticsearch, url: str, layout: Layout) -> None:
    """Delete the templates and every index of this layout with all that is in it."""
    with explained(url):
        for family in FAMILIES:
            names = client.indices.get(
                index=layout.pattern(family), features="aliases", expand_wildcards="all"
            ).body
            if names:
                client.indices.delete(index=list(names))
            with suppress(NotFoundError):
                client.indices.delete_index_template(name=layout.alias(family))


def differences(client: Elasticsearch, url: str, layout: Layout) -> list[str]:
    """What an operator should mend or know before writing, a sentence each; empty when all is well.

    Raises ``StoreError`` when the engine cannot be used, or is of another major version.
    """
    found = _faults(client, url, layout)
    with explained(url):
        for family in FAMILIES:
            found += _of_closed(client, layout, family)
    return found


def _faults(client: Elasticsearch, url: str, layout: Layout) -> list[str]:
    check_version(client, url)
    found: list[str] = []
    with explained(url):
        found += _of_health(client, url)
        for family in FAMILIES:
            found += _of_template(client, layout, family)
            found += _of_indices(client, layout, family)
    return found


def require(client: Elasticsearch, url: str, layout: Layout) -> None:
    """Raise ``StoreError`` with the first difference, before a worker begins to write.

    It is a ``StoreAwayError`` where waiting may be enough: what is blocked may be free soon. Someone may have
    closed old months on purpose: that is no difference.
    """
    check_version(client, url)
    with explained(url):
        for fault in _of_health(client, url):
            raise StoreAwayError(fault)
        for family in FAMILIES:
            for fault in _of_blocks(client, layout, family):
                raise StoreAwayError(fault)
    for fault in _faults(client, url, layout):
        raise StoreError(fault)


def require_current(client: Elasticsearch, url: str, layout: Layout) -> None:
    """Raise ``StoreError`` where documents lie in an index of another version: they would be counted wrongly,
    or the engine cannot be used.
    """
    check_version(client, url)
    with explained(url):
        for name, index in _indices(client, layout, "opinions"):
            if index.mappings.meta.get("digest") != layout.mapping_digest("opinions"):
                raise StoreError(_outdated(name))


def _of_health(client: Elasticsearch, url: str) -> list[str]:
    if msgspec.convert(client.cluster.health().body, _Health).status != "red":
        return []
    return [f"the cluster at {url} is red: some of its indices cannot be read; see to its nodes"]


def _of_template(client: Elasticsearch, layout: Layout, family: Family) -> list[str]:
    name = layout.alias(family)
    try:
        answer = client.indices.get_index_template(name=name)
    except NotFoundError:
        return [f"the index template {name} is missing; {MAKE_THEM}"]
    template = msgspec.convert(answer.body, _Templates).index_templates[0].index_template
    if template.meta.get("digest") != layout.template_digest(family):
        return [
            f"the index template {name} is not the one that this program and its settings want; {MAKE_THEM}"
        ]
    return []


def _of_indices(client: Elasticsearch, layout: Layout, family: Family) -> list[str]:
    found: list[str] = []
    for name, index in _indices(client, layout, family):
        if layout.alias(family) not in index.aliases:
            found.append(f"the index {name} is not found under {layout.alias(family)}: add it to that alias")
        if index.mappings.meta.get("digest") != layout.mapping_digest(family):
            found.append(_outdated(name))
    return found + _of_blocks(client, layout, family)


def _of_blocks(client: Elasticsearch, layout: Layout, family: Family) -> list[str]:
    """Of indices that take no writes; the engine itself takes a block of a full disk away again."""
    return [
        f"the index {name} takes no writes (its disk was full, or someone blocked it): free space, "
        "then take the block away"
        for name, index in _indices(client, layout, family)
        if _is_blocked(index.settings)
    ]


def _of_closed(client: Elasticsearch, layout: Layout, family: Family) -> list[str]:
    answer = client.indices.get(
        index=layout.pattern(family), expand_wildcards="closed", allow_no_indices=True, features="aliases"
    )
    return [
        f"the index {name} is closed: searches pass it over, and what comes for it waits; open it"
        for name in sorted(answer.body)
    ]


def _indices(client: Elasticsearch, layout: Layout, family: Family) -> list[tuple[str, _Index]]:
    answer = client.indices.get(index=layout.pattern(family), allow_no_indices=True)
    return sorted(msgspec.convert(answer.body, dict[str, _Index]).items())


def _outdated(name: str) -> str:
    return (
        f"the index {name} was made by another version of this program: copy its documents into a "
        "new index of that name (the reindex API), or delete it and feed its records again"
    )


def _is_blocked(settings: dict[str, object]) -> bool:
    inner = settings.get("index")
    blocks = inner.get("blocks") if isinstance(inner, dict) else None
    return isinstance(blocks, dict) and "true" in {str(value).lower() for value in blocks.values()}
