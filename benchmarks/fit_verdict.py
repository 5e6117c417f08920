"""``python -m benchmarks.fit_verdict``: fit the weights of the verdict, beside those in use.

Every object of simulated worlds that looked like a campaign for a moment is an example: its main signals,
its supporting and counter-signals at the moment of its highest score, and whether most of the records it
rests on were paid for. The weights of counter-signals are those of a logistic regression on top of the
log-odds of the main and supporting signals (which together add one at most, so that their weights hardly
matter): none may raise a score, and each is drawn to the weight in use by a Gaussian prior (with the
standard deviation ``--spread``), so that what no world tells stays as it was judged by hand. To take people
for an army counts ``--cost`` times as much as to miss one. Worlds for fitting, for holding out and those of
the evidence have different seeds. Deterministic, numpy only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

import click
import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.detection import decoded
from monitor.campaigns import against, verdict
from monitor.campaigns.background import Background
from monitor.campaigns.lexicon import SHIPPED
from monitor.campaigns.port import Sighting
from monitor.campaigns.sightings import sightings_of
from monitor.campaigns.signals import support
from monitor.campaigns.signals.finding import Finding
from monitor.campaigns.watch import Verdict, Watch, Watching
from monitor.campaigns.window import ObjectWindow, Seen
from monitor.records import Post
from monitor.text import own_words
from streams.sources.simulator.scene import EpisodeKind
from streams.sources.simulator.world import DEFAULT_PLAN, Plan, simulate
from tests.testkit.organic_world import Army, Place, Written, a_world

FIT_SEED, HELD_OUT_SEED = 30_000, 60_000
_RECORDS = 800
_STEPS = 2_000
NAMES = tuple(verdict.AGAINST_WEIGHTS)
IN_USE = np.array(list(verdict.AGAINST_WEIGHTS.values()))
Floats = NDArray[np.float64]


class Judged(msgspec.Struct, frozen=True):
    """One judgement: the log-odds of what speaks for, counter-signals in the order of ``NAMES``, members."""

    score: float
    odds: float
    values: tuple[float, ...]
    members: tuple[str, ...]


class Examples(msgspec.Struct, frozen=True):
    """``odds`` (n), ``values`` (n, signals) and ``paid`` (n, of 0 and 1)."""

    odds: Floats
    values: Floats
    paid: Floats


class _Listening(Watching):
    """Judges as ever, and keeps of each object the judgement of the highest score."""

    def __init__(self, background: Background) -> None:
        super().__init__(background, SHIPPED)
        self.heard: dict[str, Judged] = {}

    def _judge(self, window: ObjectWindow, findings: list[Finding], members: list[Seen]) -> Verdict | None:
        supporting = support.measure(window, members)
        speaking = against.measure(window, members, SHIPPED)
        score = verdict.score(findings, supporting, speaking)
        known = self.heard.get(window.object)
        if known is None or score > known.score:
            said = {one.name: one.value for one in speaking}
            self.heard[window.object] = Judged(
                score,
                verdict.odds_for(findings, supporting),
                tuple(said.get(name, 0.0) for name in NAMES),
                tuple(seen.record for seen in members),
            )
        return super()._judge(window, findings, members)


def judgements(posts: Iterable[Post], background: Background) -> list[Judged]:
    """What each object of a world looked like at its worst."""
    listening = _Listening(background)
    watches: dict[str, Watch] = {}
    once: dict[str, Sighting] = {}
    for post in posts:
        for sighting in sightings_of(post, own_words(post.text)):
            watch = watches.get(sighting.object)
            if watch is None:
                first = once.setdefault(sighting.object, sighting)
                if first is sighting:
                    continue
                is_cascade = sighting.cascade == sighting.object
                watch = watches[sighting.object] = Watch(ObjectWindow(sighting.object, is_cascade=is_cascade))
                listening.see(watch, first)
            listening.see(watch, sighting)
    return list(listening.heard.values())


def _worlds(seed: int, count: int) -> Iterator[tuple[list[Post], set[str]]]:
    """Worlds and their paid records: simulated days with one kind of event, and small worlds with armies."""
    for kind in DEFAULT_PLAN.per_day:
        for at in range(count):
            yield _day(kind, seed + at)
    for army in get_args(Army):
        for place in get_args(Place):
            for at in range(max(1, count // 2)):
                yield _army(seed + at, army, place)


def _day(kind: EpisodeKind, seed: int) -> tuple[list[Post], set[str]]:
    records = list(simulate(1, seed, _RECORDS, plan=Plan.only(kind)))
    paid = {
        f"{record.platform}:{record.id}"
        for record in records
        if record.episode is not None and record.episode.label == "coordinated"
    }
    return list(decoded(record.line for record in records)), paid


def _army(seed: int, army: Army, place: Place) -> tuple[list[Post], set[str]]:
    written: list[Written] = []

    def notice(records: list[Written], random: object) -> dict[str, int]:
        del random
        written.extend(records)
        return {}

    a_world(seed, notice, army=army, place=place)
    return [one.post for one in written], {one.post.identity for one in written if one.paid}


def examples(seed: int, count: int, background: Background) -> Examples:
    """Judgements of ``count`` worlds of each kind, with the truth."""
    found = [
        (one, sum(record in paid for record in one.members) * 2 > len(one.members))
        for posts, paid in _worlds(seed, count)
        for one in judgements(posts, background)
    ]
    return Examples(
        np.array([one.odds for one, _ in found]),
        np.array([one.values for one, _ in found]),
        np.array([float(paid) for _, paid in found]),
    )


def probabilities(data: Examples, weights: Floats) -> Floats:
    """That each example is paid for, by weights (all at least 0)."""
    odds: Floats = data.odds - data.values @ weights
    return 1.0 / (1.0 + np.exp(-odds))


def costs(data: Examples, cost: float) -> Floats:
    """What each example counts: those of people ``cost`` times."""
    counts: Floats = np.where(data.paid > 0, 1.0, cost)
    return counts


def fit(data: Examples, prior: Floats, spread: float, cost: float) -> Floats:
    """The most probable weights: projected gradient descent on a convex loss, so there is one answer."""
    counts = costs(data, cost)
    steepest = 0.25 * np.linalg.norm(data.values * np.sqrt(counts)[:, None], 2) ** 2 + 1 / spread**2
    weights = prior.copy()
    for _ in range(_STEPS):
        wrong = counts * (probabilities(data, weights) - data.paid)
        slope = -(data.values.T @ wrong) + (weights - prior) / spread**2
        weights = np.maximum(0.0, weights - slope / steepest)
    return weights


def quality(data: Examples, weights: Floats, cost: float) -> tuple[float, float, float]:
    """Log-loss (people count ``cost`` times), precision and recall at one half."""
    found = np.clip(probabilities(data, weights), 1e-9, 1 - 1e-9)
    losses = data.paid * np.log(found) + (1 - data.paid) * np.log(1 - found)
    loss = -np.average(losses, weights=costs(data, cost))
    told = found >= verdict.OPEN_AT
    hits = float(np.sum(told * data.paid))
    return float(loss), hits / max(1.0, float(np.sum(told))), hits / max(1.0, float(np.sum(data.paid)))


@click.command()
@click.option("--worlds", default=40, show_default=True, help="Worlds of each kind, to fit and to hold out.")
@click.option("--spread", default=1.0, show_default=True, help="Standard deviation of the prior.")
@click.option("--cost", default=10.0, show_default=True, help="What a false alarm costs, in missed armies.")
def main(worlds: int, spread: float, cost: float) -> None:
    """Fit, and print the weights and what they do on worlds held out."""
    background = Background.shipped()
    data = examples(FIT_SEED, worlds, background)
    held_out = examples(HELD_OUT_SEED, worlds, background)
    fitted = fit(data, IN_USE, spread, cost)
    click.echo(
        f"{len(data.paid)} examples to fit ({data.paid.sum():.0f} paid), {len(held_out.paid)} held out\n"
    )
    click.echo("| signal | in use | fitted | spoke of paid | spoke of others |\n|---|---|---|---|---|")
    for at, name in enumerate(NAMES):
        spoke = data.values[:, at] > 0.1
        of_paid, of_others = np.sum(spoke * data.paid), np.sum(spoke * (1 - data.paid))
        click.echo(f"| `{name}` | {IN_USE[at]:.1f} | {fitted[at]:.1f} | {of_paid:.0f} | {of_others:.0f} |")
    click.echo("\n| held out | log-loss | precision | recall |\n|---|---|---|---|")
    for name, weights in (("in use", IN_USE), ("fitted", np.round(fitted, 1))):
        loss, precision, recall = quality(held_out, weights, cost)
        click.echo(f"| {name} | {loss:.4f} | {precision:.3f} | {recall:.3f} |")


if __name__ == "__main__":
    main()
