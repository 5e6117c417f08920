"""Searches for a campaign that turned out to be part of another: its records belong to that one."""

from __future__ import annotations

import msgspec

from monitor.index.conditions import AllOf, AnyOf, Condition, Has, Not
from monitor.index.port import OpinionReader, Query

_LONGEST_CHAIN = 16


def merged_into(index: OpinionReader, campaign: str) -> str:
    """The campaign that a campaign is part of in the end: itself, mostly."""
    for _ in range(_LONGEST_CHAIN):
        found = index.campaign(campaign)
        if found is None or not found.merged_into:
            return campaign
        campaign = found.merged_into
    return campaign


def with_merged(index: OpinionReader, query: Query) -> Query:
    """The query with each campaign that it names as what it is part of."""
    condition = None if query.condition is None else _followed(index, query.condition)
    campaign = None if query.campaign is None else merged_into(index, query.campaign)
    return msgspec.structs.replace(query, condition=condition, campaign=campaign)


def _followed(index: OpinionReader, condition: Condition) -> Condition:
    match condition:
        case Has("campaign", value):
            return Has("campaign", merged_into(index, value))
        case AllOf(parts):
            return AllOf(tuple(_followed(index, part) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_followed(index, part) for part in parts))
        case Not(part):
            return Not(_followed(index, part))
        case _:
            return condition
