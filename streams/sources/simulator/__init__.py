"""A seeded world of micro-blog talk: people, events, water armies, and the truth about each record."""

from streams.sources.simulator.evaluation import (
    DetectedCampaign,
    DetectedInterval,
    Evaluation,
    detections,
    evaluate,
)
from streams.sources.simulator.ledger import (
    Ledger,
    Totals,
    Truth,
    TruthEntry,
    TruthInterval,
    read_truth,
    write_simulation,
)
from streams.sources.simulator.people import OFFICIALS, Official
from streams.sources.simulator.world import (
    DEFAULT_PLAN,
    DEFAULT_RECORDS_PER_DAY,
    DEFAULT_START,
    Plan,
    SimulatedRecord,
    simulate,
)

__all__ = [
    "DEFAULT_PLAN",
    "DEFAULT_RECORDS_PER_DAY",
    "DEFAULT_START",
    "OFFICIALS",
    "DetectedCampaign",
    "DetectedInterval",
    "Evaluation",
    "Ledger",
    "Official",
    "Plan",
    "SimulatedRecord",
    "Totals",
    "Truth",
    "TruthEntry",
    "TruthInterval",
    "detections",
    "evaluate",
    "read_truth",
    "simulate",
    "write_simulation",
]
