"""*Campaigns*: suspected water armies, how large they are, and how much of the talk is theirs."""

from __future__ import annotations

from grafana.calm import NOT_HEARD, or_none
from grafana.names import CAMPAIGN_FIGURES, LEVELS, LEVELS_OR_NONE
from grafana.panels import Es, Link, Panel, Prom
from grafana.words import Column, Words

TITLE = Words("疑似水军活动", "Suspected campaigns")
UID = "opinion-campaign-wall"
_LARGE = "accounts:[5 TO *] AND NOT state:merged"
_NONE = Words(
    "这段时间没有记录到疑似水军活动（检测是否在运行，请看流水线看板）",
    "No suspected campaign is stored for this time; whether detection runs is on Pipeline health",
)
_EVIDENCE = Link(
    Words("在控制台中查看证据", "See the evidence in the console"), "${console}/campaigns/${__data.fields.id}"
)


def _column(field: str, zh: str, en: str, unit: str = "") -> Column:
    return Column(Words(field, field), Words(zh, en), unit)


PANELS = (
    Panel(
        title=Words("进行中的活动（按级别）", "Campaigns going on, by level"),
        kind="stat",
        queries=(Prom(or_none('sum by (level) (opinion_alert_active{rule="campaign"})'), "{{level}}"),),
        empty=NOT_HEARD,
        limits=(1,),
        names=LEVELS_OR_NONE,
        width=6,
    ),
    Panel(
        title=Words("新出现的活动（按级别）", "Campaigns that opened, by level"),
        queries=(Es("campaign-summaries", _LARGE, by="level", time_field="opened_at"),),
        empty=_NONE,
        stacked=True,
        names=LEVELS,
        width=9,
    ),
    Panel(
        title=Words("活动的账号数与记录数", "Accounts and records of campaigns"),
        queries=(Es("campaign-summaries", _LARGE, ("accounts", "records")),),
        empty=_NONE,
        names=CAMPAIGN_FIGURES,
        width=9,
    ),
    Panel(
        title=Words("归于活动的声量与全部声量", "Volume of campaigns, and in all"),
        about=Words(
            "每条记录按其属于活动的概率计入。",
            "Every record counts with the probability that it belongs to a campaign.",
        ),
        queries=(Es("figures", "watchlist:all", ("campaign_records", "records")),),
        names=CAMPAIGN_FIGURES,
        width=24,
    ),
    Panel(
        title=Words("活动", "Campaigns"),
        about=Words("点击编号查看证据。", "The id leads to the evidence."),
        kind="table",
        queries=(
            Es(
                "campaign-summaries",
                _LARGE,
                ("last_seen_at", "opened_at", "accounts", "records", "score"),
                groups=("id", "level", "state"),
            ),
        ),
        empty=_NONE,
        columns=(
            _column("id", "编号", "Id"),
            _column("level", "级别", "Level"),
            _column("state", "状态", "State"),
            _column("Max opened_at", "出现", "Opened", "dateTimeAsIso"),
            _column("Max last_seen_at", "最近活动", "Last seen", "dateTimeAsIso"),
            _column("Max accounts", "账号数", "Accounts"),
            _column("Max records", "记录数", "Records"),
            _column("Max score", "评分", "Score"),
        ),
        links=(_EVIDENCE,),
        width=24,
        height=12,
    ),
)
