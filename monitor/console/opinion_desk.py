"""What staff can look up: searches, records with their cascades, and the wall.

Plain functions over the search port; pages and API call the same ones. Nothing here knows who asks: the
caller checks the role and writes the audit log. ``monitor.console.campaign_desk`` has the campaigns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import tzinfo

import msgspec

from monitor.console.intervals import histogram_over
from monitor.console.recent import Recent
from monitor.console.search_language import NO_TITLES, Titles
from monitor.console.search_state import SearchState
from monitor.console.views import (
    Cascade,
    RecordPage,
    RecordView,
    SearchOverview,
    SearchPage,
    Series,
    WordWeight,
)
from monitor.documents import SENTIMENTS
from monitor.index.conditions import AllOf, AnyOf, Condition, Has, Words, sought_words
from monitor.index.facts import reach_of, text_key
from monitor.index.folding import search_folded
from monitor.index.highlighting import highlights
from monitor.index.merged import with_merged
from monitor.index.port import Histogram, Hit, OpinionReader, Overview, Query, Terms, TermsField
from monitor.opinion.figures import MINIMUM_PEOPLE
from monitor.records import KINDS
from monitor.scoring.port import EMOTIONS, LABELS

FACETS: tuple[Terms, ...] = (
    Terms("platform", 10),
    Terms("kind", len(KINDS)),
    Terms("sentiment", len(SENTIMENTS)),
    Terms("emotion", len(EMOTIONS)),
    Terms("watchlist", 20),
    Terms("campaign", 10),
)
OVERVIEW_SECONDS = 5.0
"""As long as what an engine has taken needs to be found."""
_SAID = AnyOf(tuple(Has("sentiment", label) for label in LABELS))
_FELT = AnyOf(tuple(Has("emotion", emotion) for emotion in EMOTIONS))
_LOOKED_AT = 50
_ABOUT_FEELINGS: tuple[TermsField, ...] = ("sentiment", "emotion")
Explain = Callable[[str], Sequence[WordWeight]]


class OpinionDesk:
    """Look-ups over an index. ``index()`` gives the reader that the calling thread may use.

    ``zone`` is the centre's; ``explain`` says why a text scored as it did; ``titles`` are what watchlists are
    called (``monitor.console.search_language``). Everything raises ``QueryError``
    for what was asked wrongly and ``StoreError`` when the index cannot answer.
    """

    def __init__(
        self,
        index: Callable[[], OpinionReader],
        zone: tzinfo,
        *,
        explain: Explain = lambda _: (),
        clock: Callable[[], float] = time.time,
        titles: Titles = NO_TITLES,
    ) -> None:
        self.index = index
        self.zone = zone
        self.clock = clock
        self.explain = explain
        self.titles = titles
        self._overviews = Recent[tuple[Overview, frozenset[TermsField]]](OVERVIEW_SECONDS)

    def query(self, state: SearchState) -> Query:
        """What the index is asked for a state; of a merged campaign, for that which it is part of."""
        return with_merged(self.index(), state.query(self.zone, self.titles))

    def search(self, state: SearchState) -> SearchPage:
        """One page of hits, as the state says."""
        index, query = self.index(), self.query(state)
        sought = _sought(query)
        if state.fold:
            folded = search_folded(index, query)
            views = [view(one.hit, sought, one.copies) for one in folded.hits]
            return SearchPage(tuple(views), folded.cursor)
        page = index.search(query)
        keys = [text_key(hit.document) for hit in page.hits]
        counts = {one.key: one.count for one in index.text_counts(query, list(dict.fromkeys(keys)))}
        return SearchPage(
            tuple(view(hit, sought, counts.get(key, 1)) for hit, key in zip(page.hits, keys, strict=True)),
            page.cursor,
        )

    def overview(self, state: SearchState) -> SearchOverview:
        """What the whole search finds, whatever page is shown; up to ``OVERVIEW_SECONDS`` old."""
        query = msgspec.structs.replace(self.query(state), sort="newest", limit=1, cursor=None)
        found, hidden = self._overviews.ask(msgspec.json.encode(query), lambda: self._counted(query))
        facets = {
            facet.field: () if facet.field in hidden else found.facets.get(facet.field, ())
            for facet in FACETS
        }
        return SearchOverview(
            records=found.records,
            texts=found.texts,
            people=None if found.people < MINIMUM_PEOPLE else found.people,
            exact=found.exact,
            withheld="sentiment" in hidden,
            emotions_withheld="emotion" in hidden,
            facets={str(field): buckets for field, buckets in facets.items()},
            histogram=Series(found.interval_seconds, found.histogram),
            oldest=found.oldest,
            newest=found.newest,
        )

    def _counted(self, query: Query) -> tuple[Overview, frozenset[TermsField]]:
        """What a search finds, and which facets about feelings too few of its people stand behind.

        Who passes something on without a word, or in words of which nobody is sure, does not say it.
        """
        index = self.index()
        found = index.overview(query, FACETS, self._cut)
        if found.people < MINIMUM_PEOPLE or not self._heard(index, query, _SAID):
            return found, frozenset(_ABOUT_FEELINGS)
        if not self._heard(index, query, AllOf((_SAID, _FELT))):
            return found, frozenset({"emotion"})
        return found, frozenset()

    def _heard(self, index: OpinionReader, query: Query, how: Condition) -> bool:
        """Whether enough people say something so; mostly the latest records tell, else all are looked at."""
        condition = how if query.condition is None else AllOf((query.condition, how))
        asked = msgspec.structs.replace(query, condition=condition, limit=_LOOKED_AT)
        hits = index.search(asked).hits
        if len({hit.document.author for hit in hits}) >= MINIMUM_PEOPLE:
            return True
        if len(hits) < _LOOKED_AT:
            return False
        return len(index.aggregate(asked, Terms("author", MINIMUM_PEOPLE))) >= MINIMUM_PEOPLE

    def _cut(self, oldest: int, newest: int) -> Histogram:
        return histogram_over(oldest, newest, self.zone)

    def record(self, identity: str, state: SearchState | None = None) -> RecordPage | None:
        """One record by ``platform:id``, its words marked as in the search it was found by."""
        index = self.index()
        hit = index.get(identity)
        if hit is None:
            return None
        sought = () if state is None else _sought(self.query(state))
        return RecordPage(
            record=view(hit, sought),
            why=tuple(self.explain(hit.document.text)) if hit.document.text else (),
            cascade=self._cascade(index, hit),
            corrections=tuple(index.corrections(identity)),
        )

    def _cascade(self, index: OpinionReader, hit: Hit) -> Cascade:
        document = hit.document
        whole = Query(target=document.root)
        found = index.overview(whole, (), self._cut)
        first = index.search(msgspec.structs.replace(whole, sort="oldest", limit=1)).hits
        parent = document.parent if document.parent != document.id else None
        return Cascade(
            id=document.root,
            root=_maybe(index.get(document.root)),
            parent=None if parent is None else _maybe(index.get(parent)),
            first=_maybe(first[0]) if first else None,
            records=found.records,
            people=None if found.people < MINIMUM_PEOPLE else found.people,
            series=Series(found.interval_seconds, found.histogram),
        )


def view(hit: Hit, sought: Sequence[Words] = (), copies: int = 1) -> RecordView:
    """A hit as pages show it."""
    return RecordView(
        hit.document, hit.campaigns, highlights(hit.document.text, sought), copies, reach_of(hit.document)
    )


def _maybe(hit: Hit | None) -> RecordView | None:
    return None if hit is None else view(hit)


def _sought(query: Query) -> tuple[Words, ...]:
    return () if query.condition is None else tuple(sought_words(query.condition))
