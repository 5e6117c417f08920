"""``python -m benchmarks``: the figures that README and docs quote.

Without FILE it measures a simulated day of talk. Run it on a quiet machine.
"""

from __future__ import annotations

import os
import resource
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec

from benchmarks.parts import Speed, measure
from monitor.commands.run import Job
from monitor.composition import embedded_pipeline
from monitor.settings import LoadedSettings, load_settings
from streams.sources.replay import read_lines
from streams.sources.simulator import simulate


class Whole(msgspec.Struct, frozen=True):
    """The main job, everything included: one process, one core, documents lasting on disk."""

    records: int
    records_per_second: float
    processor_seconds_per_million: float
    resident_bytes: int
    stored_bytes_per_record: float


@click.command()
@click.argument("file", required=False)
@click.option("--records", default=100_000, show_default=True, help="Size of the simulated day.")
@click.option("--json", "as_json", is_flag=True)
def main(file: str | None, records: int, as_json: bool) -> None:
    """Measure the parts, then the whole, on FILE or on a simulated day."""
    settings = load_settings(None, os.environ)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="opinion-bench-")))
        if file is None:
            path = folder / "day.ndjson"
            path.write_bytes(b"".join(record.line + b"\n" for record in simulate(1, 1, records)))
        else:
            path = Path(file)
        whole = _whole(settings, path, folder / "data")
        lines = [line.raw for line in read_lines(str(path)) if line is not None]
        parts = measure(settings, lines)
    if as_json:
        click.echo(msgspec.json.encode({"whole": whole, "parts": parts}))
    else:
        _print(whole, parts)


def _whole(settings: LoadedSettings, path: Path, data: Path) -> Whole:
    with embedded_pipeline(settings, data) as pipeline:
        began, wall = time.process_time(), time.perf_counter()
        job = Job(pipeline, settings, None, "record")
        job.take_in([str(path)])
        summary = job.summary()
        spent, seconds = time.process_time() - began, time.perf_counter() - wall
    stored = sum(file.stat().st_size for file in data.glob("opinion.db*"))
    return Whole(
        records=summary.received,
        records_per_second=summary.received / seconds,
        processor_seconds_per_million=spent / summary.received * 1e6,
        resident_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        stored_bytes_per_record=stored / summary.received,
    )


def _print(whole: Whole, parts: list[Speed]) -> None:
    click.echo(
        f"the main job: {whole.records:,} records, {whole.records_per_second:,.0f}/s, "
        f"{whole.processor_seconds_per_million:,.0f} s of processor per million, "
        f"{whole.resident_bytes / 2**20:,.0f} MiB resident, "
        f"{whole.stored_bytes_per_record:,.0f} bytes stored per record"
    )
    for speed in parts:
        click.echo(f"{speed.part:55} {speed.records_per_second:>12,.0f} records/s")


if __name__ == "__main__":
    main()
