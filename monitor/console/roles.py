"""Who may do what. Each role may do all that the one before may."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["viewer", "analyst", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)

Right = Literal["read", "export", "judge", "save", "administer"]

_NEEDED: dict[Right, Role] = {
    "read": "viewer",
    "save": "viewer",
    "export": "analyst",
    "judge": "analyst",
    "administer": "administrator",
}


def may(role: Role, right: Right) -> bool:
    """Whether a role has a right: viewers read and keep searches, analysts also export and judge,
    administrators also see to accounts and read the audit log.
    """
    return ROLES.index(role) >= ROLES.index(_NEEDED[right])


def needed(right: Right) -> Role:
    """The least role that has a right."""
    return _NEEDED[right]
