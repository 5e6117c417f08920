"""What the pipeline finds out, as the embedded index keeps it: campaigns, figures, alerts, dead letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from monitor.alerts.backtest import Counted, decode_counted
from monitor.alerts.port import Alert
from monitor.campaigns.judgements import Judgement
from monitor.campaigns.port import CampaignRevision
from monitor.documents import DeadLetter
from monitor.index.documents import json_list
from monitor.index.store import SqliteStore
from monitor.index.stored import (
    alert_facts,
    campaign_facts,
    decode_alert,
    decode_campaign,
    decode_correction,
    decode_judgement,
    decode_letter,
    encode_alert,
    encode_campaign,
    encode_correction,
    encode_judgement,
    encode_letter,
)
from monitor.opinion.figures import Figure, FigureKey
from monitor.scoring.corrections import Correction

_FAR = 1 << 62


def put_campaigns(store: SqliteStore, revisions: Sequence[CampaignRevision]) -> None:
    """Keep the highest revision of each campaign."""
    store.write(
        "INSERT INTO campaigns (id, revision, opened_at, body, state, level, gravity, last_seen_at, targets) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "revision = excluded.revision, opened_at = excluded.opened_at, body = excluded.body, "
        "state = excluded.state, level = excluded.level, gravity = excluded.gravity, "
        "last_seen_at = excluded.last_seen_at, targets = excluded.targets "
        "WHERE excluded.revision > campaigns.revision",
        (
            (
                revision.id,
                revision.revision,
                revision.opened_at,
                encode_campaign(revision),
                *campaign_facts(revision),
            )
            for revision in revisions
        ),
    )


def list_campaigns(store: SqliteStore) -> list[CampaignRevision]:
    """The latest revision of every campaign, oldest opening first, then by id."""
    return [
        decode_campaign(body) for (body,) in store.all("SELECT body FROM campaigns ORDER BY opened_at, id")
    ]


def get_campaign(store: SqliteStore, campaign: str) -> CampaignRevision | None:
    """The latest revision of one campaign."""
    rows: list[tuple[bytes]] = store.all("SELECT body FROM campaigns WHERE id = ?", (campaign,))
    return decode_campaign(rows[0][0]) if rows else None


def merge_figures(store: SqliteStore, partials: Sequence[tuple[FigureKey, Figure]]) -> None:
    """Add partial figures to the stored ones; the partials themselves are left as they are."""
    parts: dict[FigureKey, list[Figure]] = {}
    for key, partial in partials:
        parts.setdefault(key, []).append(partial)
    stored = _stored_figures(store, parts)
    store.write(
        "INSERT INTO figures VALUES (?, ?, ?, ?) "
        "ON CONFLICT (watchlist, minute, platform) DO UPDATE SET body = excluded.body",
        (
            (key.watchlist, key.platform, key.minute, _merged(stored.get(key), new).canonical())
            for key, new in parts.items()
        ),
    )


def _stored_figures(store: SqliteStore, keys: Iterable[FigureKey]) -> dict[FigureKey, bytes]:
    """What is stored in the minutes of some figures: one question for each watchlist."""
    minutes: dict[str, set[int]] = {}
    for key in keys:
        minutes.setdefault(key.watchlist, set()).add(key.minute)
    return {
        FigureKey(watchlist, platform, minute): body
        for watchlist, some in minutes.items()
        for platform, minute, body in store.all(
            "SELECT platform, minute, body FROM figures "
            "WHERE watchlist = ? AND minute IN (SELECT value FROM json_each(?))",
            (watchlist, json_list(list(some))),
        )
    }


def _merged(stored: bytes | None, parts: Sequence[Figure]) -> Figure:
    if stored is not None:
        return Figure.of((Figure.decode(stored), *parts))
    return parts[0] if len(parts) == 1 else Figure.of(parts)


def list_figures(
    store: SqliteStore, watchlist: str, platform: str | None, after: int | None, before: int | None
) -> list[tuple[FigureKey, Figure]]:
    """Figures of a watchlist in [after, before), in order of minute, then platform."""
    conditions, parameters = ["watchlist = ?"], [watchlist]
    bounds: list[int] = []
    if after is not None:
        conditions.append("minute >= ?")
        bounds.append(after)
    if before is not None:
        conditions.append("minute < ?")
        bounds.append(before)
    rows: list[tuple[str, int, bytes]] = store.all(
        f"SELECT platform, minute, body FROM figures WHERE {' AND '.join(conditions)} "  # noqa: S608
        "ORDER BY minute, platform",
        (*parameters, *bounds),
    )
    return [
        (FigureKey(watchlist, of, minute), Figure.decode(body))
        for of, minute, body in rows
        if platform is None or of == platform
    ]


def counted_figures(
    store: SqliteStore, watchlist: str, after: int | None, before: int | None
) -> Iterator[tuple[FigureKey, Counted]]:
    """What rules look at in the figures of a watchlist in [after, before), by minute, then platform."""
    rows: list[tuple[str, int, bytes]] = store.all(
        "SELECT platform, minute, body FROM figures WHERE watchlist = ? AND minute >= ? AND minute < ? "
        "ORDER BY minute, platform",
        (watchlist, -_FAR if after is None else after, _FAR if before is None else before),
    )
    for platform, minute, body in rows:
        yield FigureKey(watchlist, platform, minute), decode_counted(body)


def put_alerts(store: SqliteStore, alerts: Sequence[Alert]) -> None:
    """Keep alert events; an id that is there stays as it is."""
    store.write(
        "INSERT INTO alerts (id, at, body, incident, watchlist, platform, rule, level, state) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        ((alert.id, alert.at, encode_alert(alert), *alert_facts(alert)) for alert in alerts),
    )


def list_alerts(store: SqliteStore) -> list[Alert]:
    """All alert events in order of event time, then id."""
    return [decode_alert(body) for (body,) in store.all("SELECT body FROM alerts ORDER BY at, id")]


def put_judgements(store: SqliteStore, judgements: Sequence[Judgement]) -> None:
    """Keep judgements; an id that is there stays as it is."""
    store.write(
        "INSERT INTO judgements VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        ((one.id, one.campaign, one.at, encode_judgement(one)) for one in judgements),
    )


def list_judgements(store: SqliteStore, campaign: str | None) -> list[Judgement]:
    """Judgements of one campaign, or all, oldest first, then by id."""
    rows: list[tuple[bytes]] = store.all(
        "SELECT body FROM judgements WHERE ? IS NULL OR campaign = ? ORDER BY at, id", (campaign, campaign)
    )
    return [decode_judgement(body) for (body,) in rows]


def put_corrections(store: SqliteStore, corrections: Sequence[Correction]) -> None:
    """Keep corrections; an id that is there stays as it is."""
    store.write(
        "INSERT INTO corrections VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        ((one.id, one.record, one.at, encode_correction(one)) for one in corrections),
    )


def list_corrections(store: SqliteStore, record: str | None) -> list[Correction]:
    """Corrections of one record, or all, oldest first, then by id."""
    where, values = ("", ()) if record is None else ("WHERE record = ?", (record,))
    rows: list[tuple[bytes]] = store.all(
        f"SELECT body FROM corrections {where} ORDER BY at, id",  # noqa: S608  # both written here
        values,
    )
    return [decode_correction(body) for (body,) in rows]


def put_dead_letters(store: SqliteStore, letters: Sequence[DeadLetter]) -> None:
    """Keep dead letters; an id that is there stays as it is."""
    store.write(
        "INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (
            (
                letter.id,
                letter.reason,
                letter.position.source,
                letter.position.offset,
                letter.position.index,
                encode_letter(letter),
            )
            for letter in letters
        ),
    )


def remove_dead_letters(store: SqliteStore, identities: Sequence[str]) -> None:
    """Forget dead letters; ids that are not there are passed over."""
    store.write(
        "DELETE FROM dead_letters WHERE id IN (SELECT value FROM json_each(?))", [(json_list(identities),)]
    )


def list_dead_letters(store: SqliteStore, reason: str | None, limit: int | None) -> list[DeadLetter]:
    """Dead letters in order of position."""
    rows: list[tuple[bytes]] = store.all(
        "SELECT body FROM dead_letters WHERE ? IS NULL OR reason = ? "
        "ORDER BY source, message, place, id LIMIT ?",
        (reason, reason, -1 if limit is None else max(limit, 0)),
    )
    return [decode_letter(body) for (body,) in rows]


def get_dead_letter(store: SqliteStore, identity: str) -> DeadLetter | None:
    """One dead letter by id."""
    rows: list[tuple[bytes]] = store.all("SELECT body FROM dead_letters WHERE id = ?", (identity,))
    return decode_letter(rows[0][0]) if rows else None
