"""What a worker shows of its partitions: all that it has, and nothing of those that went."""

from __future__ import annotations

from prometheus_client.exposition import generate_latest

from monitor.worker_metrics import WorkerMetrics


def samples(metrics: WorkerMetrics, name: str) -> dict[str, float]:
    lines = generate_latest(metrics.registry).decode().splitlines()
    return {
        line.split("{")[1].split("}")[0]: float(line.rpartition(" ")[2])
        for line in lines
        if line.startswith(f"{name}{{")
    }


def test_a_partition_that_went_has_no_lag_here() -> None:
    metrics = WorkerMetrics("score", lambda: 0.0)
    for partition in (0, 1):
        metrics.place("posts", partition, end=9, committed=4)
    metrics.left("posts", 0)
    metrics.left("posts", 7)
    for name, value in (("opinion_topic_lag", 5.0), ("opinion_committed_offset", 4.0)):
        assert samples(metrics, name) == {'partition="1",topic="posts"': value}


def test_the_size_of_snapshots_is_that_of_all_slots_of_a_partition() -> None:
    metrics = WorkerMetrics("detect", lambda: 50.0)
    metrics.restored(3, {3: 100, 19: 10})
    assert samples(metrics, "opinion_snapshot_timestamp_seconds") == {}
    metrics.kept(3, {19: 20})
    metrics.kept(4, {4: 7})
    assert samples(metrics, "opinion_snapshot_bytes") == {'partition="3"': 120.0, 'partition="4"': 7.0}
    assert samples(metrics, "opinion_snapshot_timestamp_seconds")['partition="3"'] == 50.0
    metrics.forgot()
    assert samples(metrics, "opinion_snapshot_bytes") == {}
