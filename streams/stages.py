"""The pipeline, once; both runners drive these same objects.

``ScoreStage`` turns input into documents, sightings and dead letters; ``DetectStage`` turns the sightings
of its slots into campaign revisions; ``JoinStage`` joins revisions from all slots into campaigns;
``partial_figures`` turns documents into figures. None of them does any input or output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from zlib import crc32

import msgspec

from monitor.campaigns.port import CampaignDetector, CampaignJoiner, CampaignRevision, Sighting
from monitor.campaigns.sightings import sightings_of
from monitor.desk.officials import OfficialAccounts
from monitor.documents import DeadLetter, Document, SourcePosition
from monitor.errors import SnapshotVersionError
from monitor.index.port import WeighedDocument
from monitor.opinion.figures import EVERYTHING, Figure, FigureKey, Observation, minute_of
from monitor.privacy import Pseudonymizer
from monitor.records import Post, RecordDecoder, RejectedRecord
from monitor.scoring.port import Sentiment, SentimentScorer
from monitor.scoring.watchlists import WatchlistMatcher
from monitor.text import mentions, own_words
from streams.positions import Positions, Step
from streams.recent import RecentIds
from streams.sources.adapters import SourceAdapter
from streams.topics import slot_of


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """One message from a source: its position and bytes."""

    position: SourcePosition
    raw: bytes


class Sighted(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One sighting with its step: the record's position and the sighting's place in the record."""

    position: SourcePosition
    ordinal: int
    sighting: Sighting


class Scored(msgspec.Struct, frozen=True):
    """What became of a batch: ``documents`` and ``sightings`` belong together one to one."""

    documents: list[Document]
    sightings: list[tuple[Sighting, ...]]
    dead_letters: list[DeadLetter]


class ScoreStage:
    """Decode, validate, pseudonymise, score, match watchlists."""

    def __init__(
        self,
        decoder: RecordDecoder,
        pseudonymizer: Pseudonymizer,
        officials: OfficialAccounts,
        scorer: SentimentScorer,
        matcher: WatchlistMatcher,
    ) -> None:
        self.decoder = decoder
        self._pseudonymizer = pseudonymizer
        self._officials = officials
        self._scorer = scorer
        self._matcher = matcher

    def score(self, batch: Iterable[Incoming], adapter: SourceAdapter, now: float) -> Scored:
        """Score one batch; ``now`` in seconds since the epoch bounds how far ahead a record may be."""
        posts: list[Post] = []
        positions: list[SourcePosition] = []
        dead_letters: list[DeadLetter] = []
        for message in batch:
            for index, raw in enumerate(adapter.records(message.raw)):
                position = SourcePosition(message.position.source, message.position.offset, index)
                decoded = raw if isinstance(raw, RejectedRecord) else self.decoder.decode(raw, now)
                if isinstance(decoded, RejectedRecord):
                    dead_letters.append(_dead_letter(decoded, message.raw, raw, position, adapter.format))
                else:
                    posts.append(self._pseudonymizer.apply(decoded))
                    positions.append(position)
        sentiments = self._scorer.score([post.text for post in posts])
        model = self._scorer.model
        documents: list[Document] = []
        seen: list[tuple[Sighting, ...]] = []
        for post, position, sentiment in zip(posts, positions, sentiments, strict=True):
            sightings = sightings_of(post, own_words(post.text))
            seen.append(sightings)
            documents.append(self._document(post, position, sentiment, sightings, model))
        return Scored(documents, seen, dead_letters)

    def _document(
        self,
        post: Post,
        position: SourcePosition,
        sentiment: Sentiment,
        sightings: Sequence[Sighting],
        model: str,
    ) -> Document:
        platform = post.platform
        seen = sightings[0]
        author = post.author
        return Document(
            id=seen.record,
            platform=platform,
            kind=post.kind,
            root=seen.cascade,
            parent=f"{platform}:{post.parent_id}" if post.parent_id else None,
            author=author.id,
            official=author.name,
            text=post.text,
            created_at=seen.at,
            polarity=round(sentiment.polarity, 4),
            label=sentiment.label,
            confidence=round(sentiment.confidence, 4),
            uncertain=sentiment.uncertain,
            emotion=sentiment.emotion,
            model=model,
            position=position,
            verified=author.verified,
            followers=author.followers,
            location=author.location,
            source=post.source,
            url=post.url,
            reposts=post.reposts,
            comments=post.comments,
            likes=post.likes,
            watchlists=self._matcher.match(post.text, self._accounts(post)),
            targets=tuple([sighting.object for sighting in sightings]),
        )

    def _accounts(self, post: Post) -> list[str]:
        """``platform:id`` of the author and of the official accounts that are mentioned."""
        accounts = [f"{post.platform}:{post.author.id}"]
        if "@" in post.text or "＠" in post.text:
            for name in mentions(post.text):
                official = self._officials.by_name(post.platform, name)
                if official is not None:
                    accounts.append(f"{post.platform}:{official.id}")
        return accounts


def _dead_letter(
    rejected: RejectedRecord,
    message: bytes,
    adapted: bytes | RejectedRecord,
    position: SourcePosition,
    format_name: str,
) -> DeadLetter:
    """What could not be adapted is kept as it came, what could as the record that was refused."""
    raw, name = (message, format_name) if isinstance(adapted, RejectedRecord) else (adapted, "record")
    return DeadLetter(
        id=f"{position.place}:{crc32(raw):08x}",
        reason=rejected.reason,
        sentence=rejected.sentence,
        raw=raw,
        position=position,
        format=name,
    )


class Revised(msgspec.Struct, frozen=True, array_like=True):
    """A revision with the step that caused it; steps give revisions one order for all partitionings."""

    position: SourcePosition
    ordinal: int
    revision: CampaignRevision


class _SlotSnapshot(msgspec.Struct, frozen=True, array_like=True):
    positions: dict[str, Step]
    detector: bytes
    taken: int = 0
    recent: list[int] = []


class _Slot:
    def __init__(self, detector: CampaignDetector, remembered: int) -> None:
        self.detector = detector
        self.positions = Positions()
        self.taken = 0
        self.recent = RecentIds(remembered)


class DetectStage:
    """Detection for the slots of one partition. Slots come into being with their first sighting.

    ``remembered`` is how many recent sightings of a slot are known by object and record, so that a record
    that was sent twice is seen once; 0 where repeats were dropped before.
    """

    def __init__(self, new_detector: Callable[[], CampaignDetector], *, remembered: int = 0) -> None:
        self._new_detector = new_detector
        self._remembered = remembered
        self._slots: dict[int, _Slot] = {}

    def detect(self, one: Sighted) -> list[Revised]:
        """See one sighting; skipped when its slot has taken it before."""
        number = slot_of(one.sighting.object)
        slot = self._slots.get(number) or self._open(number)
        if not slot.positions.advance(one.position, one.ordinal):
            return []
        slot.taken += 1
        seen = one.sighting
        if self._remembered and not slot.recent.is_new(f"{seen.object} {seen.record}"):
            return []
        revisions = slot.detector.see(seen)
        return [Revised(one.position, one.ordinal, revision) for revision in revisions]

    def snapshot(self, number: int) -> bytes:
        """State of one slot, with the positions it covers."""
        slot = self._slots[number]
        return msgspec.msgpack.encode(
            _SlotSnapshot(slot.positions.steps(), slot.detector.snapshot(), slot.taken, slot.recent.hashes())
        )

    def taken(self, number: int) -> int:
        """How many sightings a slot has taken in; of two snapshots of it the one with more is newer."""
        return self._slots[number].taken

    def restore(self, number: int, snapshot: bytes) -> None:
        """Replace the state of one slot.

        Raises ``SnapshotVersionError`` for one that another version of this program wrote.
        """
        slot = self._open(number)
        try:
            stored = msgspec.msgpack.decode(snapshot, type=_SlotSnapshot)
            slot.detector.restore(stored.detector)
        except msgspec.ValidationError as error:
            raise SnapshotVersionError(f"what detection remembers of slot {number}", error) from error
        slot.positions = Positions(stored.positions)
        slot.taken = stored.taken
        slot.recent = RecentIds(self._remembered, stored.recent)

    def detectors(self) -> Iterable[CampaignDetector]:
        """The detectors of all slots, for metrics."""
        return (slot.detector for slot in self._slots.values())

    def _open(self, number: int) -> _Slot:
        slot = self._slots[number] = _Slot(self._new_detector(), self._remembered)
        return slot


def flatten(document: Document, sightings: Sequence[Sighting]) -> list[Sighted]:
    """The sightings of one record with their steps."""
    return [Sighted(document.position, ordinal, sighting) for ordinal, sighting in enumerate(sightings)]


def join(joiner: CampaignJoiner, revised: Sequence[Revised]) -> list[list[CampaignRevision]]:
    """Join revisions in the order of their steps, whatever partition they came from; record by record."""
    in_order = sorted(revised, key=lambda one: (one.position, one.ordinal))
    return [
        [joined for one in ones for joined in joiner.see(one.revision)]
        for _, ones in groupby(in_order, key=lambda one: one.position)
    ]


def partial_figures(documents: Iterable[Document]) -> dict[FigureKey, Figure]:
    """The figures of a batch of documents, per watchlist (and ``all``), platform and minute."""
    return figures_of(map(observe, documents))


def figures_of(observations: Iterable[Observation]) -> dict[FigureKey, Figure]:
    """The figures of a batch of observations, per watchlist (and ``all``), platform and minute."""
    figures: dict[FigureKey, Figure] = {}
    for seen in observations:
        minute = minute_of(seen.at)
        for watchlist in (EVERYTHING, *seen.watchlists):
            key = FigureKey(watchlist, seen.platform, minute)
            figure = figures.get(key)
            if figure is None:
                figure = figures[key] = Figure()
            figure.add(seen)
    return figures


def partial_weights(weighed: Iterable[WeighedDocument]) -> dict[FigureKey, Figure]:
    """The later partials that carry campaign weights."""
    figures: dict[FigureKey, Figure] = {}
    for document in weighed:
        minute = minute_of(document.created_at)
        for watchlist in (EVERYTHING, *document.watchlists):
            key = FigureKey(watchlist, document.platform, minute)
            figures.setdefault(key, Figure()).weigh(document.author, document.change_milli)
    return figures


def observe(document: Document) -> Observation:
    """What a document adds to the figures of its watchlists."""
    return Observation(
        platform=document.platform,
        at=document.created_at,
        author=document.author,
        kind=document.kind,
        label=document.label,
        polarity=document.polarity,
        scored=document.confidence > 0,
        uncertain=document.uncertain,
        emotion=document.emotion,
        watchlists=document.watchlists,
    )
