"""Everything that pages and API work with, put together once."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from monitor.console.accounts import Accounts, User
from monitor.console.alert_desk import AlertDesk
from monitor.console.audit import AuditLog
from monitor.console.campaign_desk import CampaignDesk
from monitor.console.correction_desk import CorrectionDesk
from monitor.console.opinion_desk import OpinionDesk
from monitor.console.roles import Right, may, needed
from monitor.console.saved import SavedSearches
from monitor.console.wall import WallDesk
from monitor.errors import AccessError
from monitor.language import message


class NotSignedInError(AccessError):
    """There is no session (any more): sign in."""


class RoleError(AccessError):
    """The role of the account does not allow it."""


@dataclass(frozen=True)
class Identity:
    """Who asks: a signed-in browser (with ``csrf``, what its forms must carry) or the bearer of a token."""

    user: User
    csrf: str | None
    secret: str

    def may(self, right: Right) -> bool:
        """Whether the account's role has a right."""
        return may(self.user.role, right)

    def require(self, right: Right) -> None:
        """Raise ``RoleError`` unless the account's role has a right."""
        if not self.may(right):
            raise RoleError(
                message("{name} is {role}; this needs {needed}: ask an administrator"),
                name=self.user.name,
                role=self.user.role,
                needed=needed(right),
            )


@dataclass(frozen=True)
class Console:
    """The console's parts. ``zone`` is the centre's; ``secure`` says that browsers come by https."""

    desk: OpinionDesk
    campaigns: CampaignDesk
    alerts: AlertDesk
    corrections: CorrectionDesk
    wall: WallDesk
    accounts: Accounts
    audit: AuditLog
    saved: SavedSearches
    zone: ZoneInfo
    secure: bool = False

    @property
    def cookie(self) -> str:
        """The name of the session's cookie."""
        return "__Host-opinion_session" if self.secure else "opinion_session"

    def identify(self, *, session: str | None = None, bearer: str | None = None) -> Identity | None:
        """Whose session or token this is; None when it is nobody's."""
        if bearer is not None:
            user = self.accounts.bearer(bearer)
            return None if user is None else Identity(user, None, bearer)
        found = self.accounts.session(session) if session else None
        return None if found is None else Identity(found.user, found.csrf, session or "")

    def still(self, identity: Identity) -> Identity:
        """The same identity as of now: a page that stays open asks before each thing that is done.

        Raises:
            NotSignedInError: the session ended, or the account is gone.
        """
        secret = identity.secret
        now = self.identify(session=secret) if identity.csrf else self.identify(bearer=secret)
        if now is None:
            raise NotSignedInError(message("the session has ended; sign in again"))
        return now
