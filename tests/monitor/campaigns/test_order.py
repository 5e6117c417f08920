"""Records may come ten minutes late: the campaigns that are closed in the end are the same, joined or not."""

from __future__ import annotations

import pytest

from benchmarks.campaigns_order import closed_campaigns, in_order, late
from benchmarks.detection import decoded
from monitor.campaigns.background import Background
from monitor.records import Post
from streams.sources.simulator.scene import EpisodeKind
from streams.sources.simulator.world import Plan, simulate

LATENESS_SECONDS = 600.0


@pytest.fixture(scope="module")
def world() -> list[Post]:
    """Half a simulated day with many armies, some of them on several targets."""
    armies: dict[EpisodeKind, float] = dict.fromkeys(("copy_paste", "recycled_pool", "empty_reposts"), 6.0)
    plan = Plan(armies, scaled=False)
    return list(decoded(one.line for one in simulate(0.5, 4, 6_000, plan=plan)))


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_arrival_changes_no_closed_campaign(seed: int, world: list[Post]) -> None:
    background = Background.shipped()
    wanted = closed_campaigns(in_order(world), background)
    assert len(wanted) >= 5
    assert any(len(targets) > 1 for targets, _, _ in wanted)
    assert closed_campaigns(late(world, seed, LATENESS_SECONDS), background) == wanted
