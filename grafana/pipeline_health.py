"""*Pipeline health*: whether records come in, how long they need, and whether messages arrive."""

from __future__ import annotations

from grafana.names import OUTCOMES
from grafana.panels import Panel, Prom
from grafana.words import Words

TITLE = Words("流水线状态", "Pipeline health")
UID = "opinion-pipeline"
_AWAY = Words("没有数据：请检查各角色是否运行", "No data: see whether the roles run")

PANELS = (
    Panel(
        title=Words("运行中的进程", "Processes that answer"),
        kind="stat",
        queries=(Prom("sum by (job) (up)", "{{job}}"),),
        empty=_AWAY,
        width=6,
    ),
    Panel(
        title=Words("每秒记录数", "Records a second"),
        kind="stat",
        queries=(Prom("opinion:records:rate1m"),),
        unit="ops",
        empty=_AWAY,
        width=6,
    ),
    Panel(
        title=Words("无效输入的占比", "Share of input that is no record"),
        kind="stat",
        queries=(Prom("opinion:dead_letters:ratio_rate10m"),),
        unit="percentunit",
        empty=Words("十分钟内没有输入", "No input for ten minutes"),
        limits=(0.001, 0.01, 0.1),
        width=6,
    ),
    Panel(
        title=Words("距上次收到 Alertmanager 消息", "Since Alertmanager was heard of"),
        kind="stat",
        queries=(Prom("time() - opinion_relay_heartbeat_timestamp_seconds"),),
        unit="s",
        empty=Words("通知服务没有运行", "The relay does not run"),
        limits=(180, 600, 1800),
        width=6,
    ),
    Panel(
        title=Words("处理结果（每秒记录数）", "Records a second by outcome"),
        queries=(
            Prom("sum by (outcome) (rate(opinion_worker_records_total[$__rate_interval]))", "{{outcome}}"),
        ),
        unit="ops",
        empty=_AWAY,
        names=OUTCOMES,
        stacked=True,
    ),
    Panel(
        title=Words("从进入到各阶段的时间", "Time from the intake to each stage"),
        queries=(
            Prom("opinion:latency_seconds:p50", "p50 {{stage}}"),
            Prom("opinion:latency_seconds:p99", "p99 {{stage}}"),
        ),
        unit="s",
        empty=_AWAY,
        limits=(5, 60, 300),
    ),
    Panel(
        title=Words("等待处理的消息", "Messages that wait"),
        queries=(Prom("opinion:topic_lag:sum", "{{topic}}"),),
        empty=_AWAY,
        limits=(1_000, 10_000, 100_000),
    ),
    Panel(
        title=Words("每批处理时间（p90）", "Time of a batch (p90)"),
        queries=(
            Prom(
                "histogram_quantile(0.9, sum by (agent, le) "
                "(rate(opinion_batch_seconds_bucket[$__rate_interval])))",
                "{{agent}}",
            ),
        ),
        unit="s",
        empty=_AWAY,
        limits=(1, 5, 30),
    ),
    Panel(
        title=Words("写入搜索引擎的时间（p90）", "Time of writes to the search engine (p90)"),
        queries=(
            Prom(
                "histogram_quantile(0.9, sum by (outcome, le) "
                "(rate(opinion_engine_request_seconds_bucket[$__rate_interval])))",
                "{{outcome}}",
            ),
        ),
        unit="s",
        empty=_AWAY,
        limits=(1, 5, 30),
    ),
    Panel(
        title=Words("重试（每秒）", "Tries that were repeated, a second"),
        queries=(Prom("opinion:engine_retries:rate5m or on () vector(0)", "{{engine}}"),),
        unit="ops",
        limits=(0.01, 0.1, 1),
    ),
    Panel(
        title=Words("等待发送的通知", "Notices that wait to be sent"),
        queries=(Prom("opinion_relay_waiting", "{{channel}}"),),
        empty=Words("没有配置通知通道", "No channel is set up"),
        limits=(1, 10, 100),
    ),
    Panel(
        title=Words("最久的通知已等待", "How long the oldest notice has waited"),
        queries=(Prom("opinion_relay_oldest_waiting_seconds", "{{channel}}"),),
        unit="s",
        empty=Words("没有配置通知通道", "No channel is set up"),
        limits=(60, 300, 3600),
    ),
    Panel(
        title=Words("发出的消息", "Messages that were sent"),
        queries=(
            Prom("sum by (channel, outcome) (opinion_relay_messages_total)", "{{channel}} {{outcome}}"),
        ),
        empty=Words("还没有发送过消息", "No message was sent yet"),
    ),
    Panel(
        title=Words("最近一次快照距今", "Since the last snapshot"),
        about=Words(
            "没有新数据时不写快照，数值会增大。", "Without new data nothing is written, and it grows."
        ),
        queries=(Prom("time() - max by (job) (opinion_snapshot_timestamp_seconds)", "{{job}}"),),
        unit="s",
        empty=_AWAY,
    ),
)
