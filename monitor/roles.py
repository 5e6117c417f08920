"""The roles of the distributed mode, in the order of the data."""

from typing import Literal

Role = Literal["score", "index", "detect", "assess"]
ROLES: tuple[Role, ...] = ("score", "index", "detect", "assess")
