"""``python -m benchmarks.order``: what becomes of campaigns when a backlog keeps no order.

The same records, once through one process and once as single messages without keys, spread over twelve
partitions before the workers start.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from kafka import KafkaProducer

from monitor.composition import open_reader
from tests.testkit.cluster import Cluster
from tests.testkit.findings import Findings, findings
from tests.testkit.program import program
from tests.testkit.records import write_lines
from tests.testkit.services import ElasticsearchServer, KafkaServer
from tests.testkit.traffic import traffic


@click.command()
@click.option("--records", default=6_000, show_default=True, help="Records of three days.")
def main(records: int) -> None:
    """Compare one process with workers that read a backlog without keys."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="opinion-order-")))
        lines = traffic(records)
        path = write_lines(folder / "traffic.ndjson", lines)
        ended = program("run", path, "--data", folder / "data", "--metrics", "off")
        assert ended.code == 0, ended.err
        broker = stack.enter_context(KafkaServer(folder / "kafka"))
        engine = stack.enter_context(ElasticsearchServer(folder / "engine"))
        cluster = stack.enter_context(Cluster(broker.address, engine.address, folder, name="order"))
        producer = KafkaProducer(bootstrap_servers=broker.address, acks="all", linger_ms=5)
        for line in lines:
            producer.send("order.posts", line)
        producer.flush(60)
        producer.close()
        cluster.start_all()
        cluster.settle(300)
        one, workers = findings(open_reader(folder / "data")), findings(cluster.index())
    _compare(one, workers)


def _compare(one: Findings, workers: Findings) -> None:
    plain = [_without_campaigns(found) for found in (one, workers)]
    click.echo(f"documents: {len(plain[0]):,}, without their campaigns {_same(plain[0] == plain[1])}")
    click.echo(f"dead letters: {_same(one['dead letters'] == workers['dead letters'])}")
    members = [_members(found) for found in (one, workers)]
    for name, found, of in zip(("one process", "workers"), (one, workers), members, strict=True):
        standing = sum(_field(campaign, "state") != "merged" for campaign in found["campaigns"].values())
        click.echo(f"{name}: {standing} campaigns, {len(of)} members")
    click.echo(f"members of both: {len(members[0] & members[1])}")


def _same(holds: bool) -> str:
    return "the same" if holds else "DIFFERENT"


def _without_campaigns(found: Findings) -> dict[str, object]:
    return {identity: _field(hit, "document") for identity, hit in found["documents"].items()}


def _members(found: Findings) -> set[str]:
    return {identity for identity, hit in found["documents"].items() if _field(hit, "campaigns")}


def _field(tree: object, name: str) -> object:
    assert isinstance(tree, Mapping)
    return tree[name]


if __name__ == "__main__":
    main()
