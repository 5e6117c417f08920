"""Documents, memberships, campaigns, figures and dead letters for tests."""

from __future__ import annotations

from monitor.alerts.port import Alert
from monitor.campaigns.judgements import Finding, Judgement
from monitor.campaigns.port import CampaignRevision, Membership
from monitor.documents import DeadLetter, Document, SourcePosition
from monitor.opinion.figures import Figure, Observation
from monitor.records import Kind
from monitor.scoring.corrections import CorrectedLabel, Correction
from monitor.scoring.port import Emotion, Label

NOON = 1_325_376_000_000
"""2012-01-01T00:00:00Z in milliseconds."""


def a_document(
    identity: str = "sina_weibo:1",
    text: str = "今天天气不错",
    *,
    at: int = NOON,
    kind: Kind = "post",
    author: str = "p1",
    label: Label = "neutral",
    uncertain: bool = False,
    confidence: float = 0.75,
    emotion: Emotion | None = None,
    watchlists: tuple[str, ...] = (),
    targets: tuple[str, ...] = (),
) -> Document:
    """A scored document; its platform is what stands before the colon of its id."""
    return Document(
        id=identity,
        platform=identity.partition(":")[0],
        kind=kind,
        root=identity,
        author=author,
        text=text,
        created_at=at,
        polarity=0.5,
        label=label,
        confidence=confidence,
        uncertain=uncertain,
        model="test-1",
        position=SourcePosition("replay:test", 0, 0),
        emotion=emotion,
        watchlists=watchlists,
        targets=targets,
    )


def a_membership(
    record: str = "sina_weibo:1", campaign: str = "c1", *, revision: int = 1, milli: int = 800
) -> Membership:
    """A record's membership of a campaign."""
    return Membership(record, campaign, revision, milli)


def a_campaign(identity: str = "c1", *, revision: int = 1, opened_at: int = NOON) -> CampaignRevision:
    """A revision of a campaign, with one member."""
    return CampaignRevision(
        id=identity,
        revision=revision,
        state="open",
        level="yellow",
        score=0.5,
        targets=("sina_weibo:1",),
        opened_at=opened_at,
        last_seen_at=opened_at + revision,
        closed_at=None,
        accounts=20,
        records=30 + revision,
        signals={"near_duplicates": 0.9},
        against={"share_button": 0.1},
        intervals=(),
        examples=("快来围观",),
        members=(a_membership(campaign=identity, revision=revision),),
    )


def a_figure(*authors: str, polarity: float = 0.5) -> Figure:
    """A figure of one record by each author."""
    figure = Figure()
    for author in authors:
        figure.add(
            Observation(
                "sina_weibo",
                NOON,
                author,
                "post",
                "positive" if polarity > 0 else "negative",
                polarity,
                scored=True,
                uncertain=False,
                emotion=None,
                watchlists=(),
            )
        )
    return figure


def a_dead_letter(offset: int = 0, *, source: str = "replay:test", reason: str = "not_json") -> DeadLetter:
    """A dead letter with bytes that are no text."""
    return DeadLetter(
        f"{source}@{offset}", reason, "not a JSON object", b"\xff\x00{", SourcePosition(source, offset, 0)
    )


def an_alert(identity: str = "a1", *, at: int = NOON, sentence: str = "Volume is up") -> Alert:
    """An alert that fires."""
    return Alert(identity, "surge", "food", "orange", "opened", at, sentence, "声量上升")


def a_correction(
    identity: str = "k1",
    record: str = "sina_weibo:1",
    *,
    at: int = NOON,
    label: CorrectedLabel = "negative",
) -> Correction:
    """How a person labelled a record that the model took for a happy one."""
    return Correction(identity, record, label, "li", at, "m-1", "positive", uncertain=False)


def a_judgement(
    identity: str = "j1", campaign: str = "c1", *, at: int = NOON, finding: Finding = "coordinated"
) -> Judgement:
    """What a person judged of the first revision of a campaign."""
    return Judgement(identity, campaign, 1, finding, "同一句话", "li", at, "yellow", 0.5, {"same_words": 0.9})
