"""The register of official accounts: who speaks for an authority, and so keeps a name."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import msgspec

from monitor.errors import SettingsError

COLUMNS = ("platform", "id", "name", "agency")


class OfficialAccount(msgspec.Struct, frozen=True):
    """One registered account of an authority on one platform."""

    platform: str
    id: str
    name: str
    agency: str


class OfficialAccounts:
    """Looks official accounts up by platform and id, or by platform and screen name."""

    def __init__(self, accounts: Iterable[OfficialAccount] = ()) -> None:
        self._accounts = tuple(accounts)
        self._by_id = {(account.platform, account.id): account for account in self._accounts}
        self._by_name = {(account.platform, account.name.casefold()): account for account in self._accounts}

    def __len__(self) -> int:
        return len(self._by_id)

    def by_id(self, platform: str, identifier: str) -> OfficialAccount | None:
        """The account with this id, if it is registered."""
        return self._by_id.get((platform, identifier))

    def by_name(self, platform: str, name: str) -> OfficialAccount | None:
        """The account with this screen name (case does not matter), if it is registered."""
        return self._by_name.get((platform, name.casefold()))


def load_officials(path: Path) -> OfficialAccounts:
    """Read ``officials.csv`` (UTF-8, header ``platform,id,name,agency``).

    Raises:
        SettingsError: the file cannot be read, has another header, or a row is incomplete or repeated.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as UTF-8 CSV ({error})") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise SettingsError(f"{path}: line 1 must be the header {','.join(COLUMNS)}")
    accounts: dict[tuple[str, str], OfficialAccount] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        if len(row) != len(COLUMNS) or not all(cell.strip() for cell in row):
            raise SettingsError(f"{path}: line {line} needs the {len(COLUMNS)} values {','.join(COLUMNS)}")
        account = OfficialAccount(*(cell.strip() for cell in row))
        if accounts.setdefault((account.platform, account.id), account) is not account:
            raise SettingsError(f"{path}: line {line} repeats account {account.platform}:{account.id}")
    return OfficialAccounts(accounts.values())
