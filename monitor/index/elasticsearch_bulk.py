"""Writing many things at once: every item is settled by its own answer, or tried again.

HTTP 200 does not mean that a thing was indexed: each item of a bulk answer has a status of its own. Done is
2xx; a conflict (409) or an absence (404) is told to the caller, who knows what it means; 400 about one
document is a rejection; all else, from a lost connection to a full disk, is tried again for ever.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec
from elastic_transport import SerializationError, TransportError
from elasticsearch import ApiError, Elasticsearch

from monitor.index.elasticsearch_client import error_type, explain
from monitor.index.elasticsearch_patience import Patience, cause_of, cause_of_status

Operation = Literal["create", "index", "update", "delete"]
Verdict = Literal["done", "conflict", "missing", "rejected"]

MAX_REQUEST_BYTES = 5 * 1024 * 1024
_DOCUMENT_FAULTS = (
    "document_parsing_exception",
    "mapper_parsing_exception",
    "strict_dynamic_mapping_exception",
    "illegal_argument_exception",
    "parsing_exception",
    "x_content_parse_exception",
    "invalid_index_name_exception",
)


class Action(msgspec.Struct, frozen=True, gc=False):
    """One thing to write: its lines in the body of a bulk request, without the last newline."""

    operation: Operation
    lines: bytes


class Settled(msgspec.Struct, frozen=True, gc=False):
    """How an action ended.

    ``cause`` is the engine's name for a rejection. ``unsure`` says that an earlier try was sent and its
    answer lost, so a conflict may be with ourselves.
    """

    verdict: Verdict
    cause: str = ""
    unsure: bool = False


class _Error(msgspec.Struct):
    type: str
    reason: str | None = None


class _Item(msgspec.Struct):
    status: int
    error: _Error | None = None


class _Answer(msgspec.Struct):
    items: list[dict[str, _Item]] = []


class Target(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Where an action goes; ``version`` is an external one, and only a higher one replaces what is there."""

    index: str = msgspec.field(name="_index")
    id: str = msgspec.field(name="_id")
    if_seq_no: int | None = None
    if_primary_term: int | None = None
    version: int | None = None
    version_type: Literal["external"] | None = None


_ENCODER = msgspec.json.Encoder()


def action(operation: Operation, target: Target, body: object = None) -> Action:
    """An action with its body (none for a deletion)."""
    head = _ENCODER.encode({operation: target})
    return Action(operation, head if body is None else b"\n".join((head, _ENCODER.encode(body))))


def classify(operation: Operation, status: int, kind: str) -> Verdict | None:
    """What an item's status and the engine's name for its error mean; None is to be tried again."""
    if 200 <= status < 300:
        return "done"
    if status == 409:
        return "conflict"
    if status == 404 and operation in {"update", "delete"}:
        return "missing"
    if status == 413 or (status == 400 and kind in _DOCUMENT_FAULTS):
        return "rejected"
    return None


class BatchSize:
    """How many actions go into one request: halved when the engine is overloaded, then grown again."""

    def __init__(self, most: int = 2_000, least: int = 10) -> None:
        self.now = most
        self._most, self._least = most, least

    def shrink(self) -> None:
        """The engine had too much."""
        self.now = max(self._least, self.now // 2)

    def grow(self) -> None:
        """The engine took a whole request."""
        self.now = min(self._most, self.now + max(1, self.now // 10))


class BulkWriter:
    """Sends actions until each is settled; order among actions on one document is not kept over retries.

    ``observe`` is told the outcome of each request (``ok``, ``partly`` or the cause of its failure) and the
    seconds it took.
    """

    def __init__(
        self,
        client: Elasticsearch,
        patience: Patience,
        *,
        refresh: bool = False,
        observe: Callable[[str, float], None] = lambda _outcome, _seconds: None,
        size: BatchSize | None = None,
    ) -> None:
        self._client = client
        self._patience = patience
        self._refresh = refresh
        self._observe = observe
        self.size = size or BatchSize()

    def run(self, actions: Sequence[Action]) -> list[Settled]:
        """One outcome for each action, in order. Returns when all are settled, however long that takes.

        Raises ``StoreError`` only when the program is stopping.
        """
        settled: dict[int, Settled] = {}
        unsure: set[int] = set()
        waiting = deque(range(len(actions)))
        while waiting:
            chunk = self._cut(waiting, actions)
            again = self._send(chunk, actions, settled, unsure)
            waiting.extendleft(reversed(again))
        self._patience.progress()
        return [settled[number] for number in range(len(actions))]

    def _cut(self, waiting: deque[int], actions: Sequence[Action]) -> list[int]:
        chunk = [waiting.popleft()]
        size = len(actions[chunk[0]].lines)
        while waiting and len(chunk) < self.size.now:
            size += len(actions[waiting[0]].lines)
            if size > MAX_REQUEST_BYTES:
                break
            chunk.append(waiting.popleft())
        return chunk

    def _send(
        self, chunk: list[int], actions: Sequence[Action], settled: dict[int, Settled], unsure: set[int]
    ) -> list[int]:
        """Send one request; settle what can be, and give back what must be tried again."""
        began = time.perf_counter()
        try:
            items = self._ask([actions[number] for number in chunk])
        except ApiError as error:
            self._observe(cause_of(error), time.perf_counter() - began)
            return self._refused(error, chunk, actions, settled, unsure)
        except (TransportError, SerializationError, msgspec.ValidationError) as error:
            unsure.update(chunk)
            self._observe(cause_of(error), time.perf_counter() - began)
            self._patience.pause(cause_of(error), str(explain(error, self._patience.url)))
            return chunk
        seconds = time.perf_counter() - began
        again, fault = self._settle(chunk, items, actions, settled, unsure)
        self._observe("partly" if fault else "ok", seconds)
        if len(again) < len(chunk):
            self._patience.progress()
        if fault is None:
            self.size.grow()
        else:
            self._wait_for(fault, len(again))
        return again

    def _ask(self, actions: Iterable[Action]) -> list[_Item]:
        lines = [one.lines for one in actions]
        answer = self._client.bulk(
            operations=lines,  # type: ignore[arg-type] # encoded lines are passed on as they are
            refresh=self._refresh,
            filter_path="items.*.status,items.*.error.type,items.*.error.reason",
        )
        items = [item for one in msgspec.convert(answer.body, _Answer).items for item in one.values()]
        if len(items) != len(lines):
            raise msgspec.ValidationError(f"{len(items)} answers to {len(lines)} actions")
        return items

    def _settle(
        self,
        chunk: list[int],
        items: list[_Item],
        actions: Sequence[Action],
        settled: dict[int, Settled],
        unsure: set[int],
    ) -> tuple[list[int], _Item | None]:
        """What must be tried again, and the last reason why."""
        again: list[int] = []
        fault: _Item | None = None
        for number, item in zip(chunk, items, strict=True):
            kind = item.error.type if item.error else ""
            verdict = classify(actions[number].operation, item.status, kind)
            if verdict is None:
                again.append(number)
                fault = item
                if item.status >= 500:
                    unsure.add(number)
            else:
                settled[number] = Settled(verdict, kind, number in unsure)
        return again, fault

    def _wait_for(self, fault: _Item, count: int) -> None:
        if fault.status == 429:
            self.size.shrink()
        cause = cause_of_status(fault.status)
        if fault.error and fault.error.type == "cluster_block_exception":
            cause = "blocked"
        # The engine's reasons for these speak of indices and shards, not of documents.
        reason = f"{fault.error.type}: {fault.error.reason}" if fault.error else "no reason given"
        self._patience.pause(
            cause,
            f"Elasticsearch at {self._patience.url} does not take {count} writes ({fault.status} {reason})",
        )

    def _refused(
        self,
        error: ApiError,
        chunk: list[int],
        actions: Sequence[Action],
        settled: dict[int, Settled],
        unsure: set[int],
    ) -> list[int]:
        """The request as a whole was answered with an error."""
        status, kind = error.meta.status, error_type(error)
        if status >= 500:
            unsure.update(chunk)
        if status in {400, 413}:
            if len(chunk) > 1:
                # One of them is at fault; halves find it.
                half = len(chunk) // 2
                first, second = chunk[:half], chunk[half:]
                return [
                    *self._send(first, actions, settled, unsure),
                    *self._send(second, actions, settled, unsure),
                ]
            verdict = classify(actions[chunk[0]].operation, status, kind)
            if verdict is not None:
                settled[chunk[0]] = Settled(verdict, kind or "request_too_large")
                return []
        if status == 429:
            self.size.shrink()
        self._patience.pause(cause_of(error), str(explain(error, self._patience.url)))
        return chunk
