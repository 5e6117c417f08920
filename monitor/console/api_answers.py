"""How the API's routes ask who is there and give their answers."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.responses import Response

from monitor.console.gate import identity_of
from monitor.console.services import Identity


def _identity(connection: HTTPConnection) -> Identity:
    return identity_of(connection)


Who = Annotated[Identity, Depends(_identity)]
"""A route's parameter: who asks."""


def json(value: object, status: int = 200) -> Response:
    """A typed value as JSON."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")
