"""Accounts, sessions, tokens and the set-up link."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.console.accounts import REFUSED, Accounts
from monitor.console.attempts import MOST_OF_ADDRESS, MOST_OF_NAME, WINDOW_SECONDS, TooManyAttemptsError
from monitor.console.database import DATABASE_NAME, ConsoleDatabase
from monitor.errors import AccessError
from tests.testkit.console import PASSWORD, QUICK, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Iterator[Accounts]:
    with ConsoleDatabase(tmp_path) as database:
        yield Accounts(database, session_seconds=3600, clock=clock, hasher=QUICK)


def test_the_right_password_opens_a_session(accounts: Accounts) -> None:
    accounts.add("Li", PASSWORD, "viewer")
    session = accounts.session(accounts.sign_in("li", PASSWORD, "::1"))
    assert session is not None
    assert (session.user.name, session.user.role) == ("li", "viewer")


@pytest.mark.parametrize(("name", "password"), [("li", "wrong-horse"), ("nobody", PASSWORD), ("", "")])
def test_a_refusal_does_not_say_which_was_wrong(accounts: Accounts, name: str, password: str) -> None:
    accounts.add("li", PASSWORD, "viewer")
    with pytest.raises(AccessError, match=REFUSED):
        accounts.sign_in(name, password, "::1")


def test_a_name_is_refused_after_five_failures_even_with_the_right_password(accounts: Accounts) -> None:
    accounts.add("li", PASSWORD, "viewer")
    for _ in range(MOST_OF_NAME):
        with pytest.raises(AccessError, match=REFUSED):
            accounts.sign_in("li", "wrong-horse", "::1")
    with pytest.raises(TooManyAttemptsError):
        accounts.sign_in("li", PASSWORD, "::1")


def test_a_name_may_try_again_after_five_minutes(accounts: Accounts, clock: Clock) -> None:
    accounts.add("li", PASSWORD, "viewer")
    for _ in range(MOST_OF_NAME):
        with pytest.raises(AccessError):
            accounts.sign_in("li", "wrong-horse", "::1")
    clock.now += WINDOW_SECONDS + 1
    assert accounts.session(accounts.sign_in("li", PASSWORD, "::1")) is not None


def test_an_address_that_tries_many_names_is_refused(accounts: Accounts) -> None:
    for number in range(MOST_OF_ADDRESS):
        with pytest.raises(AccessError, match=REFUSED):
            accounts.sign_in(f"name{number}", PASSWORD, "::1")
    with pytest.raises(TooManyAttemptsError):
        accounts.sign_in("another", PASSWORD, "::1")


def test_signing_in_often_is_no_failure(accounts: Accounts) -> None:
    accounts.add("li", PASSWORD, "viewer")
    for _ in range(MOST_OF_ADDRESS + 1):
        assert accounts.sign_in("li", PASSWORD, "::1")


def test_a_session_lasts_while_it_is_used_and_a_week_at_most(accounts: Accounts, clock: Clock) -> None:
    accounts.add("li", PASSWORD, "viewer")
    token = accounts.sign_in("li", PASSWORD, "::1")
    began = clock.now
    while accounts.session(token) is not None:
        clock.now += 3000
    assert clock.now - began == pytest.approx(7 * 86_400, abs=3000)


def test_an_unused_session_ends(accounts: Accounts, clock: Clock) -> None:
    accounts.add("li", PASSWORD, "viewer")
    token = accounts.sign_in("li", PASSWORD, "::1")
    clock.now += 3601
    assert accounts.session(token) is None


def test_signing_out_ends_the_session(accounts: Accounts) -> None:
    accounts.add("li", PASSWORD, "viewer")
    token = accounts.sign_in("li", PASSWORD, "::1")
    accounts.sign_out(token)
    assert accounts.session(token) is None


def test_another_password_ends_all_sessions(accounts: Accounts) -> None:
    accounts.add("li", PASSWORD, "viewer")
    token = accounts.sign_in("li", PASSWORD, "::1")
    accounts.set_password("li", "another-horse")
    assert accounts.session(token) is None


def test_another_role_holds_from_the_next_request_on(accounts: Accounts) -> None:
    accounts.add("li", PASSWORD, "viewer")
    token = accounts.make_token("li", "script")
    accounts.set_role("li", "analyst")
    user = accounts.bearer(token)
    assert user is not None
    assert user.role == "analyst"


def test_a_removed_account_has_neither_session_nor_token(accounts: Accounts) -> None:
    accounts.add("root", PASSWORD, "administrator")
    accounts.add("li", PASSWORD, "viewer")
    session, token = accounts.sign_in("li", PASSWORD, "::1"), accounts.make_token("li", "script")
    accounts.remove("li")
    assert (accounts.session(session), accounts.bearer(token)) == (None, None)


def test_a_revoked_token_is_worthless(accounts: Accounts) -> None:
    accounts.add("li", PASSWORD, "viewer")
    token = accounts.make_token("li", "script")
    revoked = accounts.tokens("li")[0].id
    accounts.revoke_token(revoked)
    assert accounts.bearer(token) is None
    with pytest.raises(AccessError, match="'opinion-monitor users token NAME --list' lists them"):
        accounts.revoke_token(revoked)


def test_the_only_administrator_stays(accounts: Accounts) -> None:
    accounts.add("root", PASSWORD, "administrator")
    with pytest.raises(AccessError, match="only administrator"):
        accounts.remove("root")
    with pytest.raises(AccessError, match="only administrator"):
        accounts.set_role("root", "viewer")


def test_the_set_up_link_works_once(accounts: Accounts) -> None:
    token = accounts.set_up_token()
    assert token is not None
    assert accounts.set_up(token, "root", PASSWORD).role == "administrator"
    with pytest.raises(AccessError, match="there is an account already"):
        accounts.set_up(token, "second", PASSWORD)


def test_a_console_with_an_account_makes_no_set_up_link(accounts: Accounts) -> None:
    accounts.add("root", PASSWORD, "administrator")
    assert accounts.set_up_token() is None


def test_a_set_up_link_ages_in_a_day(accounts: Accounts, clock: Clock) -> None:
    token = accounts.set_up_token()
    clock.now += 86_401
    with pytest.raises(AccessError, match="too old"):
        accounts.set_up(token or "", "root", PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaa", "x" * 201])
def test_a_weak_password_is_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(AccessError, match="password"):
        accounts.add("li", password, "viewer")


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "x" * 41, "a\nb", "<b>", "../x"])
def test_a_name_that_could_be_anything_else_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(AccessError, match="cannot be used"):
        accounts.add(name, PASSWORD, "viewer")


def test_a_name_is_the_same_however_it_is_spelt(accounts: Accounts) -> None:
    accounts.add("Ｌｉ", PASSWORD, "viewer")
    with pytest.raises(AccessError, match="already"):
        accounts.add("LI", PASSWORD, "viewer")


def test_nothing_secret_lies_in_the_database(accounts: Accounts, tmp_path: Path) -> None:
    set_up = accounts.set_up_token() or ""
    accounts.set_up(set_up, "root", PASSWORD)
    secrets = [set_up, PASSWORD, accounts.sign_in("root", PASSWORD, "::1"), accounts.make_token("root", "x")]
    stored = b"".join(file.read_bytes() for file in tmp_path.glob(f"{DATABASE_NAME}*"))
    assert [secret for secret in secrets if secret.encode() in stored] == []


def test_the_database_is_its_owners_alone(accounts: Accounts, tmp_path: Path) -> None:
    assert (tmp_path / DATABASE_NAME).stat().st_mode & 0o077 == 0
