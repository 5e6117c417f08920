"""``python -m benchmarks.cluster``: broker, engine and the four roles on this machine, end to end.

First flat out: a file of simulated talk from feeding to the last figure written, with processor seconds by
process. Then, as the day goes on, single messages at a steady rate: how long until a record is detected,
indexed and found.

Broker and engine run with the test kit's small heaps and quick compiler: on a machine of two cores the better
one takes more than it gives back within these minutes.
"""

from __future__ import annotations

import asyncio
import os
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from monitor.index.port import Query
from streams.sources.simulator import simulate
from tests.testkit.cluster import Cluster
from tests.testkit.records import a_line, write_lines
from tests.testkit.services import ElasticsearchServer, KafkaServer, Server

_ASKED_EVERY_SECONDS = 0.25
"""Asked more often, broker and engine would have much of their work from being asked."""


@click.command()
@click.option("--records", default=50_000, show_default=True, help="Size of the simulated day.")
@click.option("--rate", default=1_000, show_default=True, help="Records a second of the steady part.")
@click.option("--seconds", default=30, show_default=True, help="Length of the steady part.")
def main(records: int, rate: int, seconds: int) -> None:
    """Measure the distributed mode on this machine."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="opinion-bench-")))
        broker = stack.enter_context(KafkaServer(folder / "kafka"))
        engine = stack.enter_context(ElasticsearchServer(folder / "engine"))
        cluster = stack.enter_context(
            Cluster(
                broker.address, engine.address, folder, name="bench", refresh_seconds=5, snapshot_seconds=5.0
            )
        )
        cluster.start_all()
        warm = write_lines(folder / "warm.ndjson", [a_line() for _ in range(100)])
        cluster.feed(warm)
        cluster.settle(120)
        # A day comes out some percent shorter than asked for; its last part is sent live.
        lines = [one.line for one in simulate(1, 1, round(1.1 * (records + rate * seconds)))]
        day, live = lines[: -rate * seconds], lines[-rate * seconds :]
        _flat_out(cluster, write_lines(folder / "day.ndjson", day), {"broker": broker, "engine": engine})
        with _spent({"broker": broker, "engine": engine}, cluster, len(live)):
            asyncio.run(_steady(cluster, live, rate))


def _flat_out(cluster: Cluster, path: Path, servers: Mapping[str, Server]) -> None:
    lines = path.read_bytes().count(b"\n")
    with _spent(servers, cluster, lines):
        began = time.perf_counter()
        cluster.feed(path)
        cluster.settle(600, every_seconds=_ASKED_EVERY_SECONDS)
        seconds = time.perf_counter() - began
        click.echo(f"flat out: {lines:,} records in {seconds:.1f} s, {lines / seconds:,.0f} records/s")


@contextmanager
def _spent(servers: Mapping[str, Server], cluster: Cluster, records: int) -> Iterator[None]:
    """Say what the processes spend meanwhile."""
    numbers = {name: server.process.pid for name, server in servers.items() if server.process}
    numbers |= {name: worker.pid for name, worker in cluster.workers.items()}
    before = {name: _processor_seconds(number) for name, number in numbers.items()}
    yield
    for name, number in numbers.items():
        spent = _processor_seconds(number) - before[name]
        click.echo(f"  {name:10} {spent / records * 1e6:7,.0f} s of processor per million records")


def _processor_seconds(number: int) -> float:
    fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _steady(cluster: Cluster, lines: Sequence[bytes], rate: int) -> None:
    """Send single messages at a rate and watch when they are found."""
    index = cluster.index()
    before = index.count(Query())
    stages = {stage: _buckets(cluster, role, stage) for stage, role in _STAGES.items()}
    sent: list[float] = []
    found: list[float] = []
    sender = asyncio.create_task(_send(cluster, lines, rate, sent))
    end = time.monotonic() + len(lines) / rate + 60
    while (not sender.done() or len(found) < len(sent)) and time.monotonic() < end:
        count = await asyncio.to_thread(index.count, Query()) - before
        found += [time.monotonic()] * (count - len(found))
        await asyncio.sleep(_ASKED_EVERY_SECONDS)
    waits = sorted(there - here for here, there in zip(sent, found, strict=False))
    click.echo(f"steady: {len(sent):,} single messages at {rate:,}/s, {len(found):,} found")
    click.echo(f"  ingest -> searchable  p50 {_share(waits, 0.5):.2f} s, p99 {_share(waits, 0.99):.2f} s")
    for stage, role in _STAGES.items():
        after = _buckets(cluster, role, stage)
        spent = {edge: number - stages[stage].get(edge, 0.0) for edge, number in after.items()}
        click.echo(
            f"  ingest -> {stage:10}  p99 at most {_quantile(spent, 0.99):g} s (oldest record of a batch)"
        )


_STAGES: Mapping[str, str] = {
    "scored": "score",
    "detected": "detect",
    "assessed": "assess",
    "indexed": "index",
}


async def _send(cluster: Cluster, lines: Sequence[bytes], rate: int, sent: list[float]) -> None:
    kafka = cluster.settings.settings.kafka
    producer = AIOKafkaProducer(bootstrap_servers=kafka.servers, linger_ms=5)
    await producer.start()
    began = time.monotonic()
    for number, line in enumerate(lines):
        while (ahead := began + number / rate - time.monotonic()) > 0:
            await asyncio.sleep(ahead)
        await producer.send(f"{kafka.prefix}posts", line, str(number).encode())
        sent.append(time.monotonic())
    await producer.stop()


def _buckets(cluster: Cluster, role: str, stage: str) -> dict[float, float]:
    address = cluster.metrics[f"{role}-1"]
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        float(sample.labels["le"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "opinion_latency_seconds_bucket" and sample.labels["stage"] == stage
    }


def _quantile(buckets: Mapping[float, float], share: float) -> float:
    """The upper edge of the bucket that holds the quantile."""
    whole = max(buckets.values(), default=0.0)
    return next((edge for edge, number in sorted(buckets.items()) if number >= share * whole), float("nan"))


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


if __name__ == "__main__":
    main()
