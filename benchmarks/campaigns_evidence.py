"""``python -m benchmarks.campaigns_evidence --data FOLDER``: write docs/evidence/campaigns.md.

FOLDER holds ``weibo-cascades.ndjson.xz`` and ``weibo-cascades.episodes.jsonl``. Every number on the page
is measured by this call; what a reader judged is in ``docs/evidence/campaigns-verdicts.toml``.
"""

from __future__ import annotations

import lzma
import random
import resource
import statistics
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import click

from benchmarks.detection import Detection, decoded
from benchmarks.planted import Make, Trial, a_tag, among_posts, in_a_cascade
from monitor.campaigns.background import Background
from monitor.campaigns.evaluation import Episode, Evaluation, evaluate, read_episodes
from monitor.campaigns.port import CampaignRevision
from monitor.records import Post
from streams.sources.simulator.scene import EpisodeKind
from streams.sources.simulator.world import Plan, simulate
from tests.testkit.planting import a_campaign, an_empty_run, praise

PAGE = Path("docs/evidence/campaigns.md")
VERDICTS = Path("docs/evidence/campaigns-verdicts.toml")
COMMAND = "python -m benchmarks.campaigns_evidence --data FOLDER"
_ORGANIC: tuple[EpisodeKind, ...] = (
    "breaking_news",
    "fan_event",
    "contest",
    "greeting",
    "share_button",
    "first_wave",
    "official_call",
    "quoting_root",
    "lyrics",
    "regular_readers",
)
_CASCADE_RECORDS = 60
_POSTS_PER_DAY = 90_000
_WORLD_RECORDS = 800
_FAST_MINUTES = 10
"""Campaigns that last no longer are the bursts of which the delay is asked."""


class Cascades:
    """The reposts of each cascade in order of time, and its root."""

    def __init__(self, posts: Iterable[Post]) -> None:
        self.roots: dict[str, Post] = {}
        self.reposts: dict[str, list[Post]] = {}
        for post in posts:
            if post.kind == "post":
                self.roots[post.cascade] = post
            else:
                self.reposts.setdefault(post.cascade, []).append(post)
        self.names = sorted(name for name, all_ in self.reposts.items() if len(all_) >= _CASCADE_RECORDS)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--trials", default=200, show_default=True, help="Planted campaigns for each setting.")
@click.option("--worlds", default=200, show_default=True, help="Simulated worlds for each kind.")
def main(data: Path, trials: int, worlds: int) -> None:
    """Measure, and write the page."""
    background = Background.shipped()
    with lzma.open(data / "weibo-cascades.ndjson.xz", "rb") as stream:
        posts = list(decoded(stream))
    lines = (data / "weibo-cascades.episodes.jsonl").read_bytes().splitlines()
    sections = [
        _head(trials, worlds),
        *real_episodes(posts, lines, background),
        *planted_in_cascades(Cascades(posts), trials, background),
        *planted_as_posts(trials, background),
        *hard_negatives(worlds, background),
    ]
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text("\n".join(sections) + "\n", encoding="utf-8")


def _head(trials: int, worlds: int) -> str:
    return (
        "# Campaigns: what the detector finds, and what it mistakes\n\n"
        f"Written by `{COMMAND} --trials {trials} --worlds {worlds}`. How the detector works is in "
        "[campaigns.md](../campaigns.md).\n"
    )


def real_episodes(posts: Sequence[Post], lines: Sequence[bytes], background: Background) -> list[str]:
    """Recall on judged episodes, further alarms with a reader's verdict, speed and memory."""
    detection = Detection(background)
    detection.take(posts)
    episodes, tenth = read_episodes(lines, "episodes"), _tenth_records(posts)
    result = evaluate(detection.campaigns(), episodes, len(posts), tenth)
    bursts = [one for one in episodes if not one.subtype.startswith("slow_")]
    fast = evaluate(detection.campaigns(), bursts, len(posts), tenth)
    found = sum(one.found for one in result.recall.values())
    count = sum(one.episodes for one in result.recall.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return [
        "## Judged episodes in real cascades\n",
        (
            f"{len(posts):,} records. Coordinated episodes found: **{found} of {count}**"
            f"{''.join(f' (missed: {name})' for name in result.missed)}. Alarms on organic episodes: "
            f"**{len(result.false_alarms)}** of {result.organic}. "
            f"Further alarms: {len(result.further_alarms)} ({result.further_per_100_000} per 100,000).\n\n"
            "Median delay from an episode's tenth record to the opened campaign, in event time: "
            f"**{_seconds(result.median_delay_seconds)}**; of the bursts alone, without slow pools, "
            f"{_seconds(fast.median_delay_seconds)}.\n"
        ),
        *_table(
            ("subtype", "episodes", "found"),
            [(name, one.episodes, one.found) for name, one in sorted(result.recall.items())],
        ),
        "\nEvery further alarm, read:\n",
        *_table(
            ("target", "accounts", "records", "signals", "verdict"), _read(result, detection.campaigns())
        ),
        (
            f"\nSpeed: {detection.records / detection.seconds:,.0f} records/s of one core (sightings, "
            f"detection and join); peak memory, all records held in memory included: {memory:,} MB; "
            f"all snapshots: {detection.snapshot_bytes() / 1e6:.1f} MB.\n"
        ),
    ]


def _tenth_records(posts: Sequence[Post]) -> Callable[[Episode], int | None]:
    """When the tenth record of an episode was written, among these records."""
    times: dict[str, list[int]] = {}
    for post in posts:
        times.setdefault(post.cascade, []).append(round(post.created_at.timestamp() * 1000))

    def tenth(episode: Episode) -> int | None:
        within = sorted(at for at in times.get(episode.target, ()) if episode.start <= at <= episode.end)
        return within[9] if len(within) >= 10 else None

    return tenth


def _seconds(delay: float | None) -> str:
    return "no data" if delay is None else f"{delay:.0f} s"


def _read(result: Evaluation, campaigns: list[CampaignRevision]) -> list[tuple[object, ...]]:
    verdicts = tomllib.loads(VERDICTS.read_text(encoding="utf-8")) if VERDICTS.exists() else {}
    known = {campaign.id: campaign for campaign in campaigns}
    rows: list[tuple[object, ...]] = []
    for alarm in result.further_alarms:
        campaign = known[alarm.campaign]
        strong = ", ".join(name for name, value in campaign.signals.items() if value >= 0.5)
        verdict = verdicts.get(alarm.target.partition(":")[2], "not read")
        rows.append((alarm.target, campaign.accounts, campaign.records, strong, verdict))
    return rows


def _kinds_of_campaigns() -> Iterator[tuple[str, float, Make]]:
    """What is planted: its name, how many minutes it lasts, and what makes one."""
    for accounts, sentences, paraphrase in (
        (15, 1, 0.0), (20, 1, 0.0), (30, 1, 0.0), (30, 3, 0.0), (30, 1, 0.15), (30, 3, 0.15),
        (30, 1, 0.3), (30, 3, 0.3), (30, 6, 0.3), (60, 3, 0.3),
    ):  # fmt: skip
        name = f"{accounts} accounts in 10 minutes, {sentences} sentence(s), paraphrase {paraphrase:.0%}"
        yield name, 10, partial(
            a_campaign, accounts=accounts, minutes=10, sentences=sentences, paraphrase=paraphrase
        )  # fmt: skip
    for pool, paraphrase in ((8, 0.0), (15, 0.0), (30, 0.0), (15, 0.15)):
        name = f"60 accounts over 2 hours, pool of {pool}, paraphrase {paraphrase:.0%}"
        yield name, 120, partial(
            a_campaign, accounts=60, minutes=120, sentences=pool, paraphrase=paraphrase, records=90
        )  # fmt: skip
    for accounts, minutes, phrases, own in (
        (40, 10, 24, 0.0), (60, 10, 24, 0.2), (60, 10, 40, 0.3), (60, 60, 24, 0.2),
    ):  # fmt: skip
        name = (
            f"varied praise: {accounts} accounts in {minutes} minutes, {phrases} phrases, own words {own:.0%}"
        )
        yield name, minutes, partial(
            praise, accounts=accounts, minutes=minutes, phrases=phrases, own_share=own
        )  # fmt: skip
    for accounts, minutes in ((40, 5), (40, 3), (60, 10)):
        name = f"{accounts} empty reposts in {minutes} minutes"
        yield name, minutes, partial(an_empty_run, accounts=accounts, minutes=minutes)


def planted_in_cascades(cascades: Cascades, trials: int, background: Background) -> list[str]:
    """Recall of planted campaigns in real cascades."""

    def planted(name: str, make: Make) -> Iterator[Trial]:
        for seed in range(trials):
            chance = random.Random(f"{name} {seed}")  # noqa: S311 - a seed, not secrecy
            cascade = chance.choice(cascades.names)
            root, reposts = cascades.roots.get(cascade), cascades.reposts[cascade]
            yield in_a_cascade(chance, root, reposts, make, background)

    rows: list[tuple[object, ...]] = []
    fast: list[Trial] = []
    for name, minutes, make in _kinds_of_campaigns():
        results = list(planted(name, make))
        rows.append((name, *_recall(results)))
        if minutes <= _FAST_MINUTES:
            fast += results
    return [
        "## Planted in real cascades\n",
        (
            f"{trials} campaigns a row, each at a random record of a cascade of at least {_CASCADE_RECORDS} "
            "reposts. The last columns are recall by how many organic records came meanwhile.\n\n"
            "The delay runs from the tenth planted record to the opened campaign, in event time, and in "
            "planted records meanwhile. Over all campaigns of ten minutes and less its median is "
            f"**{_delay(fast)}**. What delays is evidence, not looking: a copy is looked at as it comes, and "
            "a campaign opens with the record that completes the evidence. Ten copies of one text suffice; "
            "ten records out of three or six retold sentences, or of praise in varied words, are not: they "
            "hold two or three repeats of each, as ordinary cascades do too.\n"
        ),
        *_table(_PLANTED_COLUMNS, rows),
        "",
    ]


_PLANTED_COLUMNS = (
    *("planted", "recall", "members", "median delay", "in records"),
    *("< 10", "10-50", "50-200", ">= 200"),
)


def _recall(results: list[Trial]) -> tuple[object, ...]:
    waited = [one.delay_records for one in results if one.delay_records is not None]
    bounds = ((0, 10), (10, 50), (50, 200), (200, 1 << 30))
    shares = [[one.found for one in results if low <= one.organic < high] for low, high in bounds]
    return (
        f"**{_mean([one.found for one in results])}**",
        _mean([one.members for one in results if one.found]),
        _delay(results),
        f"{statistics.median(waited):.0f}" if waited else "–",
        *(f"{_mean(share)} of {len(share)}" if share else "–" for share in shares),
    )


def _delay(results: list[Trial]) -> str:
    delays = [one.delay_seconds for one in results if one.delay_seconds is not None]
    return f"{statistics.median(delays):.0f} s" if delays else "–"


def _mean(values: Sequence[float]) -> str:
    return f"{statistics.fmean(values):.2f}" if values else "–"


def planted_as_posts(trials: int, background: Background) -> list[str]:
    """Recall of campaigns of original posts among the simulator's posts."""
    simulated = (record.line for record in simulate(0.5, 11, _POSTS_PER_DAY, plan=Plan({})))
    posts = [post for post in decoded(simulated) if post.kind == "post"]
    rows = []
    for tagged in (True, False):
        for sentences, paraphrase in ((1, 0.0), (1, 0.1), (1, 0.2), (3, 0.0), (3, 0.2)):
            make = _posting(sentences, paraphrase)
            results = []
            for seed in range(trials):
                chance = random.Random(f"{tagged} {sentences} {paraphrase} {seed}")  # noqa: S311
                start = chance.randrange(len(posts) // 2)
                tag = a_tag(chance) if tagged else None
                results.append(among_posts(chance, posts[start : start + 4_000], make, tag, background))
            common = "a hashtag" if tagged else "nothing"
            name = f"{common} in common, {sentences} sentence(s), paraphrase {paraphrase:.0%}"
            rows.append((name, *_recall(results)[:4]))
    return [
        "## Planted as original posts\n",
        f"{trials} campaigns a row: 40 accounts in 30 minutes among the simulator's original posts.\n",
        *_table(_PLANTED_COLUMNS[:5], rows),
        "",
    ]


def _posting(sentences: int, paraphrase: float) -> Make:
    return lambda chance: a_campaign(
        chance, accounts=40, minutes=30, sentences=sentences, paraphrase=paraphrase
    )


def hard_negatives(worlds: int, background: Background) -> list[str]:
    """How many days of ordinary talk with organic events of one kind raise a campaign."""
    rows = []
    records = 0
    for kind in _ORGANIC:
        fired = 0
        for seed in range(worlds):
            detection = _ordinary_day(kind, seed, background)
            fired += bool(detection.campaigns())
            records += detection.records
        rows.append((kind.replace("_", " "), worlds, fired, f"{100 * fired / worlds:.1f}%"))
    return [
        "## Hard negatives\n",
        (
            f"Days of {records // (worlds * len(_ORGANIC)):,} records on average: ordinary talk, and an "
            "organic event of one kind.\n"
        ),
        *_table(("kind", "worlds", "with a campaign", "share"), rows),
        "",
    ]


def _ordinary_day(kind: EpisodeKind, seed: int, background: Background) -> Detection:
    detection = Detection(background)
    world = simulate(1, seed + 7_000, _WORLD_RECORDS, plan=Plan.only(kind))
    detection.take(decoded(record.line for record in world))
    return detection


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    head = [" | ".join(columns), " | ".join("---" for _ in columns)]
    return [f"| {line} |" for line in (*head, *(" | ".join(map(str, row)) for row in rows))]


if __name__ == "__main__":
    main()
