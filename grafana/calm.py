"""Telling calm from silence: nothing goes on, or nobody says so."""

from __future__ import annotations

from grafana.words import Words

NOT_HEARD = Words("没有数据：评估角色（assess）没有回应", "No data: the role assess is not heard of")
NONE_OR_NOT_HEARD = Words(
    "没有进行中的警情；若左侧显示“没有数据”，则评估角色没有回应",
    "No alert is active; or nobody says so, where the panel on the left has no data",
)


def or_none(by_level: str) -> str:
    """Series by level; while there are none, one of level ``none`` that is 0, as long as the role ``assess``
    tells of what it watches.
    """
    calm = 'label_replace(0 * sum(opinion_history_ready), "level", "none", "", "")'
    return f"{by_level} or on () {calm}"
