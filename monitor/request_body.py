"""Reading the body of a request, as much and as long as a server takes it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from starlette.requests import Request


class Refuse(Protocol):
    """Makes the error that a request is refused with."""

    def __call__(self, status: int, sentence: str, headers: dict[str, str] | None = None, /) -> Exception:
        """The error; ``headers`` go with the answer."""


async def whole_body(request: Request, most_bytes: int, seconds: float, refuse: Refuse) -> bytes:
    """The body; raises what ``refuse`` makes for more than ``most_bytes`` (413) or ``seconds`` (408)."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                if len(body) > most_bytes:
                    raise refuse(413, f"a request holds at most {most_bytes} bytes; send several")
    except TimeoutError:
        raise refuse(
            408,
            f"the body did not come within {seconds:g} seconds; send less at once",
            {"Connection": "close"},
        ) from None
    return bytes(body)
