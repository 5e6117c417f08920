"""What an attacker tries at the console once and again; ``test_gate`` and ``test_api`` have the rest."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from monitor.console.accounts import csrf_of
from monitor.console.gate import SIGN_IN
from monitor.console.roles import Role
from tests.testkit.console import PASSWORD, TestConsole, a_console, ask, bearer
from tests.testkit.documents import NOON, a_document

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", " =1+1")
MARKUP = '"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestConsole]:
    documents = [
        a_document(
            f"sina_weibo:{number}", text, at=NOON + number, author=f"{text}{number}", targets=(f"#{text}",)
        )
        for number, text in enumerate((*FORMULAS, MARKUP, "房价"))
    ]
    with a_console(tmp_path_factory.mktemp("attacks"), documents) as opened:
        for role in ("viewer", "analyst", "administrator"):
            opened.console.accounts.add(f"u-{role}", PASSWORD, role)
        yield opened


def signed_in(console: TestConsole, role: Role) -> dict[str, str]:
    """The headers of a browser with a session, without those of its pages."""
    return {"cookie": f"opinion_session={console.console.accounts.sign_in(f'u-{role}', PASSWORD, '::1')}"}


def test_a_session_that_was_planted_before_signing_in_is_worth_nothing(console: TestConsole) -> None:
    planted = "planted-by-an-attacker-before-the-sign-in"
    form = {"name": "u-viewer", "password": PASSWORD}
    answer = ask(console.app, "POST", SIGN_IN, data=form, headers={"cookie": f"opinion_session={planted}"})
    given = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
    assert given not in {"", planted}
    refused = ask(console.app, "GET", "/api/v1/me", headers={"cookie": f"opinion_session={planted}"})
    assert refused.status_code == 401


def test_each_sign_in_has_a_session_and_a_token_of_its_own(console: TestConsole) -> None:
    first, second = (signed_in(console, "viewer")["cookie"].partition("=")[2] for _ in range(2))
    assert first != second
    assert csrf_of(first) != csrf_of(second)
    crossed = {"cookie": f"opinion_session={first}", "x-csrf-token": csrf_of(second)}
    answer = ask(console.app, "POST", "/api/v1/searches", json={"name": "x", "state": ""}, headers=crossed)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:opinion-monitor:csrf")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v1/campaigns/c1/judgements", {"finding": "ordinary"}),
        ("POST", "/api/v1/records/sina_weibo:1/corrections", {"label": "neutral"}),
        ("PUT", "/api/v1/me/password", {"current": PASSWORD, "password": "another-horse"}),
        ("POST", "/api/v1/users", {"name": "x", "password": "another-horse", "role": "administrator"}),
        ("PATCH", "/api/v1/users/u-viewer", {"role": "administrator"}),
        ("DELETE", "/api/v1/users/u-viewer", None),
        ("POST", "/api/v1/tokens", {"user": "u-administrator"}),
        ("DELETE", "/api/v1/session", None),
    ],
)
def test_nothing_is_changed_by_a_cookie_alone(
    console: TestConsole, method: str, path: str, body: object
) -> None:
    before = console.console.accounts.users(), console.console.desk.index().corrections()
    answer = ask(console.app, method, path, json=body, headers=signed_in(console, "administrator"))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:opinion-monitor:csrf")
    assert (console.console.accounts.users(), console.console.desk.index().corrections()) == before


def test_of_two_changes_one_of_which_is_refused_none_is_made(console: TestConsole) -> None:
    headers = signed_in(console, "administrator")
    headers["x-csrf-token"] = csrf_of(headers["cookie"].partition("=")[2])
    before = console.console.accounts.users(), len(console.console.audit.page(action="role_changed").entries)
    answer = ask(
        console.app,
        "PATCH",
        "/api/v1/users/u-viewer",
        json={"role": "analyst", "password": "x"},
        headers=headers,
    )
    assert (answer.status_code, "the password has 1 characters" in answer.text) == (409, True)
    after = console.console.accounts.users(), len(console.console.audit.page(action="role_changed").entries)
    assert after == before


@pytest.mark.parametrize(
    "origin",
    ["null", "http://console.test.evil.example", "http://console.test@evil.example", "file://", "http://["],
)
def test_an_origin_that_only_looks_like_ours_changes_nothing(console: TestConsole, origin: str) -> None:
    headers = signed_in(console, "viewer") | {"origin": origin}
    assert ask(console.app, "POST", "/sign-out", headers=headers).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "console.test\\@evil.example"])
def test_a_made_up_host_stands_in_no_address_that_is_sent_back(console: TestConsole, host: str) -> None:
    page = {"host": host, "accept": "text/html"}
    answers = [
        ask(console.app, "GET", "/search?q=x", headers=page),
        ask(console.app, "POST", SIGN_IN, data={"name": "u-viewer", "password": PASSWORD}, headers=page),
        ask(console.app, "GET", "/api/v1/me", headers={"host": host}),
    ]
    assert [answer.status_code for answer in answers] == [303, 303, 401]
    for answer in answers:
        assert answer.headers.get("location", "/").startswith("/")
        assert "evil.example" not in answer.text + answer.headers.get("location", "")


def test_no_cell_of_an_export_is_a_formula_whatever_names_and_tags_hold(console: TestConsole) -> None:
    key = bearer(console.console, "analyst", "exporter")
    answer = ask(console.app, "GET", "/api/v1/export?format=csv", headers=key)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    cells = [cell for row in rows[1:] for cell in row]
    assert len(rows) == len(FORMULAS) + 3
    for cell in cells:
        is_number = cell.lstrip("-").replace(".", "", 1).isdigit()
        assert is_number or not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝")), cell


@pytest.mark.parametrize("wanted", ["../../etc/passwd", "csv/../../x", "csv%00.exe", "CSV", ""])
def test_an_export_is_of_a_known_kind_and_named_by_us(console: TestConsole, wanted: str) -> None:
    key = bearer(console.console, "analyst", f"path{abs(hash(wanted)) % 10**6}")
    answer = ask(console.app, "GET", "/api/v1/export", params={"format": wanted}, headers=key)
    assert answer.status_code == 422
    assert "content-disposition" not in answer.headers


def test_what_people_wrote_goes_out_as_data_never_as_a_page(console: TestConsole) -> None:
    key = bearer(console.console, "viewer", "reader")
    for path in ("/api/v1/search", "/api/v1/records/sina_weibo:8", "/api/v1/search?q=onerror"):
        answer = ask(console.app, "GET", path, headers=key | {"accept": "text/html"})
        assert MARKUP.replace('"', '\\"') in answer.text
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_refusal_that_quotes_what_was_sent_is_no_page_either(console: TestConsole) -> None:
    key = bearer(console.console, "viewer", "quoter")
    answer = ask(console.app, "GET", "/api/v1/search", params={"q": f"sentiment:{MARKUP}"}, headers=key)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("field", ["user", "role", "judge", "name", "at", "id"])
def test_nobody_acts_under_another_name(console: TestConsole, field: str) -> None:
    key = bearer(console.console, "analyst", f"mask-{field}")
    body = {"label": "neutral", field: "u-administrator"}
    path = "/api/v1/records/sina_weibo:9/corrections"
    answer = ask(console.app, "POST", path, json=body, headers=key)
    assert answer.json().get("judge", f"mask-{field}") == f"mask-{field}"
    assert console.console.audit.page(limit=1).entries[0].user == f"mask-{field}"


def test_a_role_that_was_taken_away_is_gone_from_an_open_session(console: TestConsole) -> None:
    console.console.accounts.add("fallen", PASSWORD, "analyst")
    token = console.console.accounts.sign_in("fallen", PASSWORD, "::1")
    headers = {"cookie": f"opinion_session={token}", "x-csrf-token": csrf_of(token)}
    assert ask(console.app, "GET", "/api/v1/export?format=csv", headers=headers).status_code == 200
    console.console.accounts.set_role("fallen", "viewer")
    assert ask(console.app, "GET", "/api/v1/export?format=csv", headers=headers).status_code == 403
