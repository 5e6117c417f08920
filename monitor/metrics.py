"""Metrics of the pipeline, and the small server that shows them with health and readiness.

Labels are bounded by configuration: platforms, watchlists, levels, reasons and outcomes; never an
author, a text, a URL or a campaign. ``docs/metrics.md`` is made from ``describe``.
"""

from __future__ import annotations

import errno
import json
import re
import socket
import threading
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from monitor import __version__
from monitor.alerts.port import Alert
from monitor.campaigns.port import LEVELS, CampaignRevision, Level
from monitor.detection_metrics import DetectionMetrics
from monitor.documents import DeadLetter, Document, sentiment_of
from monitor.errors import PortInUseError, SettingsError
from monitor.opinion_metrics import OpinionMetrics
from monitor.records import Reason

_ADDRESS = re.compile(r"(?P<host>[^\s:]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")
_STAGE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LOOK_SECONDS = 0.1
"""How often the server looks whether it is to end; a run waits so long for it."""
_BATCH_BUCKETS = (1, 10, 50, 100, 500, 1_000, 2_000, 5_000, 10_000, 100_000)


disable_created_metrics()  # type: ignore[no-untyped-call]


class PipelineMetrics:
    """Counters and gauges of one process, in a registry of its own."""

    def __init__(self, model: str, clock: Callable[[], float]) -> None:
        """``clock`` gives seconds since the epoch, for the event-time lag."""
        self.registry = CollectorRegistry()
        self._clock = clock
        self._newest: dict[str, float] = {}
        self._open: dict[str, Level] = {}
        own = self.registry
        self.opinion = OpinionMetrics(own)
        self.detection = DetectionMetrics(own)
        self._build = Gauge(
            "opinion_build_info", "Always 1; version and scoring model.", ["version", "model"], registry=own
        )
        self.scores_with(model)
        self._received = Counter(
            "opinion_records_received", "Records taken from sources, valid or not.", registry=own
        )
        self._outcomes = Counter(
            "opinion_index_outcomes",
            "Valid records by what the index did: created, duplicate.",
            ["outcome"],
            registry=own,
        )
        self._posts = Counter(
            "opinion_posts", "Indexed records by platform and kind.", ["platform", "kind"], registry=own
        )
        self._dead = Counter(
            "opinion_dead_letters", "Input that is no record, by reason.", ["reason"], registry=own
        )
        for reason in get_args(Reason):
            # A counter that begins with its first value has no increase yet, and a share of it none at all.
            self._dead.labels(reason)
        self._unknown = Counter(
            "opinion_unknown_fields", "Fields that no record has; left out of the index.", registry=own
        )
        self._revisions = Counter(
            "opinion_campaign_revisions",
            "Revisions of campaigns, by the state they put the campaign in: open, closed, merged.",
            ["state"],
            registry=own,
        )
        self._active = Gauge("opinion_campaigns_active", "Open campaigns by level.", ["level"], registry=own)
        self._alerts = Counter("opinion_alert_events", "Alert events by rule.", ["rule"], registry=own)
        self._stage_seconds = Histogram(
            "opinion_stage_seconds",
            "Time of one batch in one stage: score, index, figures, detect, assess, commit.",
            ["stage"],
            buckets=_STAGE_BUCKETS,
            registry=own,
        )
        self._batch_records = Histogram(
            "opinion_batch_records", "Records in one transaction.", buckets=_BATCH_BUCKETS, registry=own
        )
        self._event_time = Gauge(
            "opinion_newest_event_timestamp_seconds",
            "Newest event time of a platform, seconds since the epoch.",
            ["platform"],
            registry=own,
        )
        self._lag = Gauge(
            "opinion_event_time_lag_seconds",
            "How far the newest event time of a platform lies behind the clock.",
            ["platform"],
            registry=own,
        )
        for level in LEVELS:
            self._active.labels(level).set(0)

    def restore_campaigns(self, campaigns: Iterable[CampaignRevision]) -> None:
        """Begin with the campaigns that an earlier run left open."""
        for campaign in campaigns:
            self._follow(campaign)
        self._show_active()

    def scores_with(self, model: str) -> None:
        """From now on records are scored by ``model``."""
        self._build.clear()
        self._build.labels(__version__, model).set(1)

    def count_batch(self, received: int, seconds: dict[str, float]) -> None:
        """Count one committed batch and the time of its stages."""
        self._received.inc(received)
        self._batch_records.observe(received)
        for stage, spent in seconds.items():
            self._stage_seconds.labels(stage).observe(spent)

    def count_outcomes(self, created: int, duplicates: int, unknown_fields: int) -> None:
        """Count what the index did with valid records."""
        self._outcomes.labels("created").inc(created)
        self._outcomes.labels("duplicate").inc(duplicates)
        self._unknown.inc(unknown_fields)

    def count_documents(self, documents: Iterable[Document]) -> None:
        """Count indexed documents and move event time."""
        posts: Tally[tuple[str, str]] = Tally()
        for document in documents:
            platform = document.platform
            posts[platform, document.kind] += 1
            for watchlist in document.watchlists:
                self.opinion.count_one(watchlist, platform, sentiment_of(document))
            moment = document.created_at / 1000
            if moment > self._newest.get(platform, 0.0):
                self._newest[platform] = moment
        for labels, count in posts.items():
            self._posts.labels(*labels).inc(count)
        for platform, moment in self._newest.items():
            self._event_time.labels(platform).set(moment)
            self._lag.labels(platform).set_function(partial(self._lag_of, moment))

    def count_dead_letters(self, letters: Iterable[DeadLetter]) -> None:
        """Count dead letters by reason."""
        for letter in letters:
            self._dead.labels(letter.reason).inc()

    def count_campaigns(self, revisions: Iterable[CampaignRevision]) -> None:
        """Count revisions and follow which campaigns are open."""
        for revision in revisions:
            self._revisions.labels(revision.state).inc()
            self._follow(revision)
        self._show_active()

    def count_alerts(self, alerts: Sequence[Alert]) -> None:
        """Count alert events, and show which incidents go on."""
        for alert in alerts:
            self._alerts.labels(alert.rule).inc()
        self.opinion.follow(alerts)

    def _lag_of(self, moment: float) -> float:
        return self._clock() - moment

    def _follow(self, campaign: CampaignRevision) -> None:
        if campaign.state == "open":
            self._open[campaign.id] = campaign.level
        else:
            self._open.pop(campaign.id, None)

    def _show_active(self) -> None:
        levels = list(self._open.values())
        for level in LEVELS:
            self._active.labels(level).set(levels.count(level))


def describe(registry: CollectorRegistry) -> str:
    """A Markdown table of every metric in a registry."""
    rows = [
        f"| `{family.name}{'_total' if family.type == 'counter' else ''}` | {family.type} | "
        f"{', '.join(f'`{label}`' for label in _labels(registry, family.name)) or '–'} | "
        f"{family.documentation} |"
        for family in sorted(registry.collect(), key=lambda family: family.name)
    ]
    return "\n".join(["| metric | type | labels | meaning |", "|---|---|---|---|", *rows])


def _labels(registry: CollectorRegistry, name: str) -> tuple[str, ...]:
    collector = registry._names_to_collectors[name]
    return tuple(getattr(collector, "_labelnames", ()))


class MetricsServer:
    """Serves ``/metrics``, ``/healthz`` (the process lives) and ``/readyz`` (it takes in records)."""

    def __init__(
        self,
        listen: str,
        registry: CollectorRegistry,
        missing: Callable[[], Sequence[str]] = lambda: (),
    ) -> None:
        """Bind ``HOST:PORT``; port 0 takes a free one. ``missing`` names what readiness waits for.

        Raises:
            PortInUseError: the address is taken.
            SettingsError: the address cannot be listened on.
        """
        parts = _ADDRESS.fullmatch(listen)
        if parts is None:
            raise SettingsError(
                f"metrics address {listen!r} must be HOST:PORT (port 0 takes a free one) or off"
            )
        try:
            self._server = _server(parts["host"].strip("[]"), int(parts["port"]), registry, missing)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUseError(
                    f"metrics address {listen} is taken by another process; choose another port with "
                    "--metrics HOST:PORT or metrics.listen (port 0 takes a free one)"
                ) from error
            raise SettingsError(f"metrics address {listen} cannot be listened on ({error})") from error
        except OverflowError as error:
            raise SettingsError(f"metrics address {listen}: a port is at most 65535") from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_LOOK_SECONDS,), name="metrics", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """``http://HOST:PORT`` that it listens on."""
        host, port = self._server.server_address[:2]
        shown = f"[{host!s}]" if ":" in str(host) else str(host)
        return f"http://{shown}:{port}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _server(
    host: str, port: int, registry: CollectorRegistry, missing: Callable[[], Sequence[str]]
) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?", maxsplit=1)[0]
            if path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest(registry))
            elif path == "/healthz":
                self._answer(200, "application/json", b'{"status":"alive"}')
            elif path == "/readyz":
                waiting = missing()
                body = json.dumps({"status": "waiting" if waiting else "ready", "missing": list(waiting)})
                self._answer(503 if waiting else 200, "application/json", body.encode())
            else:
                self._answer(404, "text/plain; charset=utf-8", b"/metrics /healthz /readyz\n")

        def do_HEAD(self) -> None:
            self.do_GET()

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: a scrape every few seconds is no news."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    return Server((host, port), Handler)
