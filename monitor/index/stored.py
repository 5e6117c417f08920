"""Bytes of the rows of the embedded index.

A document is stored as the array of its fields in their order: fields may be appended to ``Document`` (with a
default), never moved or removed, without a migration.
"""

from __future__ import annotations

import msgspec

from monitor.alerts.port import Alert
from monitor.campaigns.judgements import Judgement
from monitor.campaigns.port import LEVELS, CampaignRevision
from monitor.documents import SENTIMENTS, DeadLetter, Document, sentiment_of
from monitor.errors import StoreError
from monitor.language import message
from monitor.records import KINDS
from monitor.scoring.corrections import Correction
from monitor.scoring.port import EMOTIONS


class _Body(Document, frozen=True, gc=False, array_like=True):
    """A document as an array."""


_ENCODER = msgspec.msgpack.Encoder()
_DOCUMENT = msgspec.msgpack.Decoder(_Body)
_CAMPAIGN = msgspec.msgpack.Decoder(CampaignRevision)
_ALERT = msgspec.msgpack.Decoder(Alert)
_JUDGEMENT = msgspec.msgpack.Decoder(Judgement)
_CORRECTION = msgspec.msgpack.Decoder(Correction)
_LETTER = msgspec.msgpack.Decoder(DeadLetter)
_KIND_CODES: dict[str, int] = {kind: code for code, kind in enumerate(KINDS)}
_SENTIMENT_CODES: dict[str, int] = {sentiment: code for code, sentiment in enumerate(SENTIMENTS)}
_EMOTION_CODES: dict[str, int] = {emotion: code for code, emotion in enumerate(EMOTIONS)}


def kind_code(kind: str) -> int:
    """The number that stands for a kind; -1 for none of ours."""
    return _KIND_CODES.get(kind, -1)


def sentiment_code(sentiment: str) -> int:
    """The number that stands for a label, ``uncertain`` or ``unscored``; -1 for none of ours."""
    return _SENTIMENT_CODES.get(sentiment, -1)


def document_sentiment_code(document: Document) -> int:
    """The number of what a document is counted as."""
    return _SENTIMENT_CODES[sentiment_of(document)]


def emotion_code(emotion: str | None) -> int | None:
    """The number that stands for an emotion, None for none."""
    return None if emotion is None else _EMOTION_CODES[emotion]


def find_emotion_code(emotion: str) -> int:
    """The number that stands for an emotion; -1 for none of ours."""
    return _EMOTION_CODES.get(emotion, -1)


def encode_document(document: Document) -> bytes:
    """The array of a document's fields."""
    return _ENCODER.encode(msgspec.structs.astuple(document))


def decode_document(body: bytes) -> Document:
    """Read ``encode_document``. Raises ``StoreError`` for anything else."""
    try:
        return Document(*msgspec.structs.astuple(_DOCUMENT.decode(body)))
    except msgspec.DecodeError as error:
        raise _damaged("document", error) from error


def encode_campaign(revision: CampaignRevision) -> bytes:
    """A campaign revision without its members (they are stored with their documents)."""
    return _ENCODER.encode(msgspec.structs.replace(revision, members=()))


def decode_campaign(body: bytes) -> CampaignRevision:
    """Read ``encode_campaign``. Raises ``StoreError`` for anything else."""
    try:
        return _CAMPAIGN.decode(body)
    except msgspec.DecodeError as error:
        raise _damaged("campaign", error) from error


def encode_alert(alert: Alert) -> bytes:
    """An alert event."""
    return _ENCODER.encode(alert)


def decode_alert(body: bytes) -> Alert:
    """Read ``encode_alert``. Raises ``StoreError`` for anything else."""
    try:
        return _ALERT.decode(body)
    except msgspec.DecodeError as error:
        raise _damaged("alert", error) from error


def alert_facts(alert: Alert) -> tuple[str, ...]:
    """What alert events are listed by: incident, watchlist, platform, rule, level, state.

    An event of before incidents had names is an incident by itself.
    """
    return (
        alert.incident or alert.id, alert.watchlist, alert.platform, alert.rule, alert.level, alert.state
    )  # fmt: skip


def campaign_facts(revision: CampaignRevision) -> tuple[str, str, float, int, str]:
    """What campaigns are listed by: state, level, gravity, when last seen, and targets as a JSON array.

    The gravity rises with the level, and within a level with the score.
    """
    gravity = 2.0 * LEVELS.index(revision.level) + revision.score
    targets = msgspec.json.encode(revision.targets).decode()
    return revision.state, revision.level, gravity, revision.last_seen_at, targets


def encode_judgement(judgement: Judgement) -> bytes:
    """What a person judged."""
    return _ENCODER.encode(judgement)


def decode_judgement(body: bytes) -> Judgement:
    """Read ``encode_judgement``. Raises ``StoreError`` for anything else."""
    try:
        return _JUDGEMENT.decode(body)
    except msgspec.DecodeError as error:
        raise _damaged("judgement", error) from error


def encode_correction(correction: Correction) -> bytes:
    """How a person labelled a record."""
    return _ENCODER.encode(correction)


def decode_correction(body: bytes) -> Correction:
    """Read ``encode_correction``. Raises ``StoreError`` for anything else."""
    try:
        return _CORRECTION.decode(body)
    except msgspec.DecodeError as error:
        raise _damaged("correction", error) from error


def encode_letter(letter: DeadLetter) -> bytes:
    """A dead letter with its original bytes."""
    return _ENCODER.encode(letter)


def decode_letter(body: bytes) -> DeadLetter:
    """Read ``encode_letter``. Raises ``StoreError`` for anything else."""
    try:
        return _LETTER.decode(body)
    except msgspec.DecodeError as error:
        raise _damaged("dead letter", error) from error


def _damaged(what: str, error: Exception) -> StoreError:
    return StoreError(
        message("a stored {what} cannot be read ({cause}); restore the data directory from a copy"),
        what=what,
        cause=error,
    )
