"""``python -m benchmarks.organic_evidence``: write docs/evidence/organic.md."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import click

from monitor.campaigns.background import Background
from monitor.opinion.organic import HIDDEN, RECALL, Estimate
from tests.testkit.organic_world import Army, Notice, Outcome, Place, a_world, by_detector, noticing

PAGE = Path("docs/evidence/organic.md")
COMMAND = "python -m benchmarks.organic_evidence"
_PARTS = ((0.0, 0.2), (0.2, 0.4), (0.4, 0.61))


@click.command()
@click.option("--worlds", default=300, show_default=True)
@click.option("--others", default=100, show_default=True, help="Worlds of each other army and place.")
def main(worlds: int, others: int) -> None:
    """Measure, and write the page."""
    detector = by_detector(Background.shipped())
    PAGE.write_text(
        "\n".join(
            [
                _head(worlds, others),
                *_section("Nine of ten paid records are noticed", _outcomes(worlds, noticing(0.9))),
                *_section("Seven of ten paid records are noticed", _outcomes(worlds, noticing(0.7))),
                *_section("What the detector notices", _outcomes(worlds, detector)),
                *_other_armies(others, detector),
            ]
        )
        + "\n",
        "utf-8",
    )


def _head(worlds: int, others: int) -> str:
    return (
        "# Organic opinion: how near it comes to the truth\n\n"
        f"Written by `{COMMAND} --worlds {worlds} --others {others}`.\n\n"
        "Each world has a public of 80 to 600 people with an opinion (15% to 85% negative), of whom some\n"
        "write much more than others, and a campaign that pushes the other way in waves of copied posts, 0%\n"
        "to 60% of all records; 15% of the texts are uncertain, 5% are misread. The truth is the share\n"
        "in the public, as it is read. *Within* counts the worlds in which the stated interval holds the\n"
        "truth. How it is estimated is in [alert-rules.md](../alert-rules.md); the estimate allows for\n"
        f"{1 - RECALL:.0%} of the paid to stay unnoticed, and for a campaign of {HIDDEN} people on either "
        "side.\n"
    )


def _outcomes(worlds: int, notice: Notice) -> list[Outcome]:
    return [a_world(seed, notice) for seed in range(worlds)]


def _section(title: str, outcomes: Sequence[Outcome]) -> list[str]:
    told = [one for one in outcomes if one.found.negative is not None]
    columns = (
        "| paid records | worlds | noticed | within (share negative) | within (polarity) | "
        "mean error organic | mean error raw | half width |"
    )
    lines = [
        f"## {title}\n",
        f"{len(told)} of {len(outcomes)} worlds had people enough.\n",
        columns,
        "|---|---|---|---|---|---|---|---|",
    ]
    for low, high in (*_PARTS, (0.0, 0.61)):
        chosen = [one for one in told if low <= one.campaign_part < high]
        name = "all" if high - low > 0.5 else f"{low:.0%}–{high:.0%}"
        lines.append(f"| {name} | {' | '.join(_row(chosen))} |")
    return [*lines, ""]


def _other_armies(worlds: int, notice: Notice) -> list[str]:
    """The same for other kinds of army, and where records have something else, or nothing, in common."""
    lines = [
        "## Other armies, as the detector notices them\n",
        (
            f"{worlds} worlds a row. Small waves: 15 to 30 records; slow pool: sentences of a pool of "
            "8 to 30, recycled over hours. In common: a hashtag, the post that all answer, or nothing.\n"
        ),
        (
            "| army | in common | worlds | noticed | within (share negative) | within (polarity) | "
            "mean error organic | mean error raw | half width |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for army in get_args(Army):
        for place in get_args(Place):
            outcomes = [a_world(seed, notice, army=army, place=place) for seed in range(worlds)]
            row = _row([one for one in outcomes if one.found.negative is not None])
            lines.append(f"| {army} | {place} | {' | '.join(row)} |")
    return [*lines, ""]


def _row(chosen: Sequence[Outcome]) -> list[str]:
    if not chosen:
        return ["0", *["–"] * 6]
    shares = [one.found.negative or Estimate(0, 0, 0) for one in chosen]
    means = [one.found.polarity or Estimate(0, 0, 0) for one in chosen]
    paid = sum(one.campaign_part for one in chosen)
    share_held = sum(at.low <= one.truth <= at.high for one, at in zip(chosen, shares, strict=True))
    mean_held = sum(at.low <= one.truth_polarity <= at.high for one, at in zip(chosen, means, strict=True))
    error = statistics.fmean(abs(at.value - one.truth) for one, at in zip(chosen, shares, strict=True))
    raw = statistics.fmean(abs((one.found.raw_negative or 0.0) - one.truth) for one in chosen)
    return [
        str(len(chosen)),
        f"{sum(one.found.campaigns for one in chosen) / paid:.0%}" if paid else "–",
        f"**{share_held / len(chosen):.0%}**",
        f"{mean_held / len(chosen):.0%}",
        f"{error:.3f}",
        f"{raw:.3f}",
        f"{statistics.fmean((at.high - at.low) / 2 for at in shares):.3f}",
    ]


if __name__ == "__main__":
    main()
