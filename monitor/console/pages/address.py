"""The addresses of the console's pages; a search's address is made by ``monitor.console.search_state``."""

from __future__ import annotations

import re
from datetime import tzinfo
from urllib.parse import quote, urlencode

import msgspec

from monitor.alerts.port import Alert
from monitor.console.search_language import NO_TITLES, Titles, parse, render
from monitor.console.search_state import SearchState
from monitor.errors import QueryError
from monitor.index.conditions import AllOf, AnyOf, Condition, ConditionField, Has, Words

_QUOTES = re.compile('["“”＂]')
_CUT_WORD = re.compile(r"[0-9A-Za-z_]+$")
_LONGEST_PHRASE = 60


def search_page(state: SearchState) -> str:
    """The page that shows a search."""
    query = state.url()
    return f"/search?{query}" if query else "/search"


def search_for(field: ConditionField, value: str, zone: tzinfo) -> str:
    """The page of all that has one value."""
    return search_page(SearchState(q=render(Has(field, value), zone)))


def same_text(state: SearchState, text: str, zone: tzinfo, titles: Titles = NO_TITLES) -> str:
    """The page of what the search finds with this text, one by one; of all it finds, where the text has
    nothing to search for.
    """
    phrase = " ".join(_QUOTES.sub(" ", text).split())
    if len(phrase) > _LONGEST_PHRASE:
        phrase = _CUT_WORD.sub("", phrase[:_LONGEST_PHRASE])
    unfolded = msgspec.structs.replace(state, fold=False, cursor=None)
    try:
        typed = f"({state.q})" if isinstance(parse(state.q, zone, titles), AnyOf) else state.q
        narrowed = unfolded.with_q(f"{typed} {render(Words(phrase, phrase=True), zone)}".strip())
        parse(narrowed.q, zone, titles)
    except QueryError:
        return search_page(unfolded)
    return search_page(narrowed)


def record_page(identity: str) -> str:
    """The page of one record."""
    return f"/record?{urlencode({'id': identity})}"


def campaign_page(campaign: str, target: str | None = None) -> str:
    """The page of one campaign, with one of its targets over time."""
    page = f"/campaigns/{quote(campaign, safe='')}"
    return page if target is None else f"{page}?{urlencode({'target': target})}"


def alert_page(alert: Alert) -> str:
    """The page of an alert's incident."""
    return f"/alerts/{quote(alert.incident or alert.id, safe=':')}"


class Narrowing:
    """A search as conditions that can be put beside it, or taken away again."""

    def __init__(self, state: SearchState, zone: tzinfo, titles: Titles = NO_TITLES) -> None:
        self._state = state
        self._zone = zone
        self._condition = parse(state.q, zone, titles)

    def _parts(self) -> tuple[Condition, ...]:
        match self._condition:
            case None:
                return ()
            case AllOf(parts):
                return parts
            case condition:
                return (condition,)

    def holds(self, field: ConditionField, value: str) -> bool:
        """Whether the value is asked for already."""
        return Has(field, value) in self._parts()

    def asked(self) -> list[Has]:
        """The values that are asked for, apart from words."""
        return [part for part in self._parts() if isinstance(part, Has)]

    def switched(self, field: ConditionField, value: str) -> SearchState:
        """The search with the value asked for; without, where it was.

        What was typed stays as it was typed where something is added.
        """
        wanted = Has(field, value)
        if self.holds(field, value):
            rest = tuple(part for part in self._parts() if part != wanted)
            return self._state.with_q(render(AllOf(rest), self._zone) if rest else "")
        typed = self._state.q.strip()
        if isinstance(self._condition, AnyOf):
            typed = f"({typed})"
        return self._state.with_q(f"{typed} {render(wanted, self._zone)}".strip())
