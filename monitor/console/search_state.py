"""The state of the search page: all of it stands in the page's address, so that it can be kept and sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import get_args
from urllib.parse import urlencode

import msgspec

from monitor.console.addresses import refused_parameter
from monitor.console.search_language import NO_TITLES, Titles, check_bounds, parse
from monitor.errors import QueryError
from monitor.index.conditions import AllOf, Within
from monitor.index.port import Query, Sort
from monitor.index.spelling import in_every_script
from monitor.language import message

SORTS: tuple[Sort, ...] = get_args(Sort)
PAGE_SIZE = 20
LARGEST_PAGE = 200


class SearchState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the page shows.

    ``q`` is in the search language; ``after`` and ``before`` (milliseconds) are the stretch brushed in
    the histogram, beside what ``q`` says; ``fold`` shows near-duplicates once.
    """

    q: str = ""
    sort: Sort = "newest"
    after: int | None = None
    before: int | None = None
    without_campaigns: bool = False
    fold: bool = True
    limit: int = PAGE_SIZE
    cursor: str | None = None

    def url(self) -> str:
        """The query part of the page's address (without ``?``); ``state_of`` reads it again."""
        given = msgspec.to_builtins(self)
        return urlencode(
            {
                name: {True: "1", False: "0"}.get(value, value) if isinstance(value, bool) else value
                for name, value in given.items()
                if value is not None
            }
        )

    def with_q(self, q: str) -> SearchState:
        """Another text, from the first page on."""
        return msgspec.structs.replace(self, q=q, cursor=None)

    def query(self, zone: tzinfo, titles: Titles = NO_TITLES) -> Query:
        """What the index is asked: words in either script; ``titles`` as in ``parse``.

        Raises:
            SearchSyntaxError: ``q`` is not of the language.
        """
        asked = parse(self.q, zone, titles)
        condition = None if asked is None else in_every_script(asked)
        if self.after is not None or self.before is not None:
            brushed = Within(self.after, self.before)
            condition = brushed if condition is None else AllOf((brushed, condition))
        return Query(
            condition=condition,
            without_campaigns=self.without_campaigns,
            sort=self.sort,
            limit=self.limit,
            cursor=self.cursor,
        )


def state_of(parameters: Mapping[str, str]) -> SearchState:
    """The state that the query part of an address names; other parameters are passed over.

    Raises:
        QueryError: a parameter has a value that it cannot have.
    """
    given = {name: value for name, value in parameters.items() if name in SearchState.__struct_fields__}
    try:
        state = msgspec.convert(given, SearchState, strict=False)
    except msgspec.ValidationError as error:
        name = refused_parameter(given, SearchState)
        raise QueryError(
            message("the address of the search has {name}={value}, which it cannot have; take it out"),
            name=name,
            value=given[name],
        ) from error
    if not 1 <= state.limit <= LARGEST_PAGE:
        raise QueryError(
            message("the page size is {limit}; it can be 1 to {most}"), limit=state.limit, most=LARGEST_PAGE
        )
    check_bounds(state.after, state.before)
    return state
