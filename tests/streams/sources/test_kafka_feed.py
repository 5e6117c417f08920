"""Feeding a file to Kafka: what is in a message, and how far it has come when it ends early."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from monitor.errors import SourceError
from monitor.records import MAX_RECORD_BYTES
from streams.publishing import Outgoing
from streams.sources.kafka_feed import LONGEST_LINE_BYTES, MESSAGE_BYTES, MESSAGE_LINES, Fed, feed
from streams.sources.replay import Line
from streams.topics import plan
from tests.testkit.log import MemoryLog

POSTS = plan("t.", 3)["posts"]


def lines(count: int, size: int = 2) -> list[Line | None]:
    return [Line(number, b"x" * size) for number in range(1, count + 1)]


def fed_to(log: MemoryLog) -> list[bytes]:
    return [line for value in log.values("posts") for line in value.split(b"\n")]


def test_every_line_goes_to_one_partition_in_order() -> None:
    log, fed = MemoryLog(3), Fed()
    given = [Line(number, str(number).encode()) for number in range(1, 2_501)]
    assert asyncio.run(feed(given, "a file", POSTS, log, fed=fed)) == 2_500
    assert [key for key in log.messages if log.messages[key]] == [(POSTS.name, 0)] or len(log.messages) == 1
    assert fed_to(log) == [line.raw for line in given]
    assert fed == Fed(2_500, 2_500)


def test_no_message_is_larger_than_the_topic_takes() -> None:
    log = MemoryLog(3)
    sizes = [10, LONGEST_LINE_BYTES, 10, MESSAGE_BYTES, 10, *[300] * 2_000]
    asyncio.run(feed([Line(n, b"x" * size) for n, size in enumerate(sizes, 1)], "f", POSTS, log))
    values = log.values("posts")
    assert max(map(len, values)) <= LONGEST_LINE_BYTES < int(POSTS.settings["max.message.bytes"]) * 0.9
    assert max(value.count(b"\n") for value in values) < MESSAGE_LINES
    assert LONGEST_LINE_BYTES > MAX_RECORD_BYTES


def test_what_was_read_before_a_file_breaks_off_is_fed() -> None:
    def broken() -> Iterator[Line | None]:
        yield from lines(3)
        raise SourceError("the archive ends here")

    log, fed = MemoryLog(3), Fed()
    with pytest.raises(SourceError, match="ends here"):
        asyncio.run(feed(broken(), "f", POSTS, log, fed=fed))
    assert fed == Fed(3, 3)
    assert len(fed_to(log)) == 3


class Stopped(BaseException):
    """As Ctrl-C."""


class Stalled(MemoryLog):
    """A broker that goes away at its second message, until ``back`` is set."""

    def __init__(self, back: asyncio.Event) -> None:
        super().__init__(3)
        self._back = back

    async def publish(self, messages: Sequence[Outgoing], *, ordered: bool = True) -> None:
        if self.messages:
            await self._back.wait()
        await super().publish(messages, ordered=ordered)


@pytest.mark.parametrize("comes_back", [False, True])
def test_stopping_while_the_broker_is_away_keeps_count_of_what_it_has(comes_back: bool) -> None:
    fed = Fed()

    async def run() -> int:
        back = asyncio.Event()
        log, asked = Stalled(back), 0

        def check() -> None:
            nonlocal asked
            asked += 1
            if asked > 2:
                if comes_back:
                    back.set()
                raise Stopped

        with pytest.raises(Stopped):
            await feed(lines(3 * MESSAGE_LINES), "f", POSTS, log, fed=fed, check=check)
        return len(fed_to(log))

    assert asyncio.run(run()) == fed.lines == fed.upto == MESSAGE_LINES * (2 if comes_back else 1)
