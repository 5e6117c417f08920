"""The HTTP API: who may do what, what is logged, and what cannot be smuggled in."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from monitor.console.roles import ROLES, Role
from monitor.console.views import (
    AlertList,
    CampaignList,
    CampaignPage,
    IncidentPage,
    RecordPage,
    SearchOverview,
    SearchPage,
    Wall,
)
from tests.testkit.console import PASSWORD, TestConsole, a_console, ask, bearer
from tests.testkit.documents import NOON, a_campaign, a_document, a_membership, an_alert

COUNT = 45


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestConsole]:
    documents = [
        a_document(
            f"sina_weibo:{number}",
            f"房价 第{number}条",
            at=NOON + number * 60_000,
            author=f"u{number % 9}",
            targets=("sina_weibo:0",),
        )
        for number in range(COUNT)
    ]
    alerts = [
        msgspec.structs.replace(an_alert(f"a{number}", at=NOON + number), incident=f"surge:food:all:{number}")
        for number in range(3)
    ]
    with a_console(
        tmp_path_factory.mktemp("api"),
        documents,
        [a_campaign()],
        [a_membership("sina_weibo:1")],
        alerts=alerts,
    ) as opened:
        yield opened


@pytest.fixture(scope="module")
def keys(console: TestConsole) -> dict[Role, dict[str, str]]:
    return {role: bearer(console.console, role) for role in ROLES}


FORBIDDEN: list[tuple[Role, str, str, object]] = [
    ("viewer", "GET", "/api/v1/export?format=csv", None),
    ("viewer", "POST", "/api/v1/campaigns/c1/judgements", {"finding": "ordinary"}),
    ("viewer", "POST", "/api/v1/records/sina_weibo:1/corrections", {"label": "neutral"}),
    *(
        (role, method, path, body)
        for role in ("viewer", "analyst")
        for method, path, body in (
            ("GET", "/api/v1/audit", None),
            ("GET", "/api/v1/users", None),
            ("POST", "/api/v1/users", {"name": "x", "password": "correct-horse", "role": "administrator"}),
            ("PATCH", "/api/v1/users/a-viewer", {"role": "administrator"}),
            ("PATCH", "/api/v1/users/a-administrator", {"password": "correct-horse"}),
            ("PATCH", "/api/v1/users/A-VIEWER", {"role": "administrator", "password": "correct-horse"}),
            ("DELETE", "/api/v1/users/a-administrator", None),
            ("GET", "/api/v1/tokens", None),
            ("POST", "/api/v1/tokens", {"user": "a-administrator"}),
            ("DELETE", "/api/v1/tokens/x", None),
        )
    ),
]


@pytest.mark.parametrize(("role", "method", "path", "body"), FORBIDDEN)
def test_a_role_cannot_be_gone_beyond(
    console: TestConsole,
    keys: dict[Role, dict[str, str]],
    role: Role,
    method: str,
    path: str,
    body: object,
) -> None:
    before = console.console.accounts.users()
    answer = ask(console.app, method, path, headers=keys[role], json=body)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:opinion-monitor:role")
    assert console.console.accounts.users() == before


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/search?q=房价", SearchPage),
        ("/api/v1/search/overview?q=房价", SearchOverview),
        ("/api/v1/records/sina_weibo:1", RecordPage),
        ("/api/v1/campaigns", CampaignList),
        ("/api/v1/campaigns/c1", CampaignPage),
        ("/api/v1/alerts", AlertList),
        ("/api/v1/alerts?open=1&rule=surge&limit=1", AlertList),
        ("/api/v1/alerts/surge:food:all:1", IncidentPage),
        ("/api/v1/wall", Wall),
    ],
)
def test_a_viewer_reads_typed_answers(
    console: TestConsole, keys: dict[Role, dict[str, str]], path: str, kind: type
) -> None:
    answer = ask(console.app, "GET", path, headers=keys["viewer"])
    assert answer.status_code == 200
    msgspec.json.decode(answer.content, type=kind)


def pages(console: TestConsole, key: dict[str, str], **parameters: str) -> list[str]:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = ask(console.app, "GET", "/api/v1/search", headers=key, params={**parameters, **cursor})
        page = msgspec.json.decode(answer.content, type=SearchPage)
        found += [one.document.id for one in page.records]
        if page.cursor is None:
            return found
        cursor = {"cursor": page.cursor}


@pytest.mark.parametrize("fold", ["0", "1"])
def test_pages_hold_every_record_once(
    console: TestConsole, keys: dict[Role, dict[str, str]], fold: str
) -> None:
    found = pages(console, keys["viewer"], q="房价", limit="10", fold=fold, sort="oldest")
    assert found == [f"sina_weibo:{number}" for number in range(COUNT)]


@pytest.mark.parametrize(
    "cursor", ["", "x", "bm9uc2Vuc2U=", "WyJhIixbMSwiYiJdXQ==", "' OR 1=1 --", "\x00", "9" * 5000]
)
def test_a_cursor_that_is_made_up_is_refused(
    console: TestConsole, keys: dict[Role, dict[str, str]], cursor: str
) -> None:
    parameters = {"q": "房价", "cursor": cursor}
    answer = ask(console.app, "GET", "/api/v1/search", headers=keys["viewer"], params=parameters)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:opinion-monitor:cursor")


def test_a_cursor_of_another_search_is_refused(
    console: TestConsole, keys: dict[Role, dict[str, str]]
) -> None:
    first = {"q": "房价", "limit": "5"}
    cursor = ask(console.app, "GET", "/api/v1/search", headers=keys["viewer"], params=first).json()["cursor"]
    other = {"q": "第", "limit": "5", "cursor": cursor}
    assert ask(console.app, "GET", "/api/v1/search", headers=keys["viewer"], params=other).status_code == 400


@pytest.mark.parametrize(
    "value", ["x' OR '1'='1", 'x" OR keys : "', "*", "c1) OR (1=1", "\\", "{", "$where", "x\x00y", "%"]
)
@pytest.mark.parametrize("field", ["platform", "author", "target", "campaign", "watchlist"])
def test_a_value_is_a_value_whatever_it_holds(
    console: TestConsole, keys: dict[Role, dict[str, str]], field: str, value: str
) -> None:
    parameters = {"q": f'{field}:"{value}"'}
    answer = ask(console.app, "GET", "/api/v1/search", headers=keys["viewer"], params=parameters)
    assert answer.status_code in {200, 400}
    assert not answer.json().get("records")


def test_alerts_go_on_from_page_to_page(console: TestConsole, keys: dict[Role, dict[str, str]]) -> None:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = ask(
            console.app, "GET", "/api/v1/alerts", headers=keys["viewer"], params={"limit": "2", **cursor}
        )
        page = msgspec.json.decode(answer.content, type=AlertList)
        found += [one.alert.id for one in page.alerts]
        if page.cursor is None:
            break
        cursor = {"cursor": page.cursor}
    assert found == ["a2", "a1", "a0"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"level": "worst"},
        {"rule": "x"},
        {"after": "9" * 30},
        {"before": "x"},
        {"open": "perhaps"},
        {"cursor": "' OR 1=1 --"},
        {"cursor": "1e9.a"},
        {"cursor": "9" * 5000},
    ],
)
def test_a_list_of_alerts_that_cannot_be_is_a_problem(
    console: TestConsole, keys: dict[Role, dict[str, str]], parameters: dict[str, str]
) -> None:
    answer = ask(console.app, "GET", "/api/v1/alerts", headers=keys["viewer"], params=parameters)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("value", ["x' OR '1'='1", "*", "a\x00b", '" OR *'])
def test_a_filter_of_alerts_is_a_value_whatever_it_holds(
    console: TestConsole, keys: dict[Role, dict[str, str]], value: str
) -> None:
    answer = ask(console.app, "GET", "/api/v1/alerts", headers=keys["viewer"], params={"watchlist": value})
    assert (answer.status_code, answer.json()["alerts"]) == (200, [])


@pytest.mark.parametrize(
    "identity", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "' OR 1=1", "%00", "x" * 9999]
)
def test_an_id_that_is_none_finds_nothing(
    console: TestConsole, keys: dict[Role, dict[str, str]], identity: str
) -> None:
    answer = ask(console.app, "GET", f"/api/v1/records/{identity}", headers=keys["viewer"])
    assert answer.status_code == 404


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/serch"), ("DELETE", "/api/v1/me")])
def test_an_address_or_method_that_is_none_is_named(
    console: TestConsole, keys: dict[Role, dict[str, str]], method: str, path: str
) -> None:
    answer = ask(console.app, method, path, headers=keys["viewer"])
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:opinion-monitor:http")
    assert path in answer.json()["detail"]


def test_an_error_of_the_search_language_names_its_column(
    console: TestConsole, keys: dict[Role, dict[str, str]]
) -> None:
    answer = ask(console.app, "GET", "/api/v1/search", headers=keys["viewer"], params={"q": "房价 (a"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["column"]) == (400, 4)


@pytest.mark.parametrize("parameters", [{"limit": "0"}, {"limit": "201"}, {"sort": "best"}, {"after": "x"}])
def test_a_parameter_out_of_bounds_is_a_problem(
    console: TestConsole, keys: dict[Role, dict[str, str]], parameters: dict[str, str]
) -> None:
    answer = ask(console.app, "GET", "/api/v1/search", headers=keys["viewer"], params=parameters)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_each_look_up_stands_in_the_log(console: TestConsole, keys: dict[Role, dict[str, str]]) -> None:
    key = bearer(console.console, "analyst", "watched")
    for path in (
        "search?q=房价",
        "records/sina_weibo:1",
        "campaigns",
        "campaigns/c1",
        "alerts?level=orange",
        "alerts/surge:food:all:1",
        "wall",
        "export?format=ndjson&q=第",
    ):
        assert ask(console.app, "GET", f"/api/v1/{path}", headers=key).status_code == 200
    ask(console.app, "POST", "/api/v1/campaigns/c1/judgements", headers=key, json={"finding": "ordinary"})
    logged = [(one.action, one.subject) for one in console.console.audit.page(user="watched").entries]
    assert logged[::-1] == [
        ("search", "房价"),
        ("open_record", "sina_weibo:1"),
        ("list_campaigns", ""),
        ("open_campaign", "c1"),
        ("list_alerts", "level=orange"),
        ("open_alert", "surge:food:all:1"),
        ("see_wall", ""),
        ("export", "第"),
        ("judge", "c1"),
    ]
    entries = console.console.audit.page(user="watched", action="export").entries
    assert (entries[0].details["rows"], entries[0].details["format"]) == (COUNT, "ndjson")
    listed = ask(console.app, "GET", "/api/v1/audit?user=watched", headers=keys["administrator"]).json()
    assert len(listed["entries"]) == 9


def test_an_analyst_exports_a_file(console: TestConsole, keys: dict[Role, dict[str, str]]) -> None:
    answer = ask(console.app, "GET", "/api/v1/export?format=csv", headers=keys["analyst"])
    assert answer.headers["content-disposition"] == 'attachment; filename="opinions-20120101-080000.csv"'
    assert answer.text.count("\r\n") == COUNT + 1


def test_a_judgement_counts_in_the_precision(console: TestConsole, keys: dict[Role, dict[str, str]]) -> None:
    given = {"finding": "coordinated", "note": "同一句话"}
    path = "/api/v1/campaigns/c1/judgements"
    console.clock.now += 60
    assert ask(console.app, "POST", path, headers=keys["analyst"], json=given).status_code == 200
    precision = ask(console.app, "GET", "/api/v1/precision", headers=keys["viewer"]).json()
    assert precision["by_level"]["yellow"]["share"] == 1.0
    page = ask(console.app, "GET", "/api/v1/campaigns/c1", headers=keys["viewer"]).json()
    assert page["judgements"][-1]["note"] == "同一句话"


def test_a_judgement_of_a_revision_that_is_no_more_is_refused(
    console: TestConsole, keys: dict[Role, dict[str, str]]
) -> None:
    path = "/api/v1/campaigns/c1/judgements"
    given = {"finding": "ordinary", "revision": 7}
    answer = ask(console.app, "POST", path, headers=keys["analyst"], json=given)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:opinion-monitor:query")
    console.clock.now += 60
    answer = ask(console.app, "POST", path, headers=keys["analyst"], json=given | {"revision": 1})
    assert answer.json()["revision"] == 1


def test_a_corrected_label_stands_beside_the_models_own_and_in_the_log(
    console: TestConsole, keys: dict[Role, dict[str, str]]
) -> None:
    path = "/api/v1/records/sina_weibo:2"
    for label in ("neutral", "negative"):
        console.clock.now += 60
        answer = ask(
            console.app, "POST", f"{path}/corrections", headers=keys["analyst"], json={"label": label}
        )
        assert answer.status_code == 200
    page = ask(console.app, "GET", path, headers=keys["viewer"]).json()
    assert [one["label"] for one in page["corrections"]] == ["neutral", "negative"]
    assert page["corrections"][-1]["judge"] == "a-analyst"
    assert page["corrections"][-1]["model_label"] == page["record"]["document"]["label"]
    entry = console.console.audit.page(action="correct").entries[0]
    assert (entry.user, entry.subject, entry.details["label"]) == ("a-analyst", "sina_weibo:2", "negative")


@pytest.mark.parametrize(
    ("record", "given", "status"),
    [("sina_weibo:2", {"label": "angry"}, 422), ("sina_weibo:none", {"label": "neutral"}, 400)],
)
def test_what_cannot_be_corrected_is_refused(
    console: TestConsole, keys: dict[Role, dict[str, str]], record: str, given: dict[str, str], status: int
) -> None:
    before = len(console.console.desk.index().corrections())
    path = f"/api/v1/records/{record}/corrections"
    assert ask(console.app, "POST", path, headers=keys["analyst"], json=given).status_code == status
    assert len(console.console.desk.index().corrections()) == before


def test_saved_searches_are_ones_own_unless_shared(
    console: TestConsole, keys: dict[Role, dict[str, str]]
) -> None:
    path = "/api/v1/searches"
    for name, shared in (("mine", False), ("ours", True)):
        kept = {"name": name, "state": "q=房价", "shared": shared}
        ask(console.app, "POST", path, headers=keys["analyst"], json=kept)
    seen = ask(console.app, "GET", path, headers=keys["viewer"]).json()
    assert [one["name"] for one in seen] == ["ours"]
    assert ask(console.app, "DELETE", f"{path}/{seen[0]['id']}", headers=keys["viewer"]).status_code == 409
    assert ask(console.app, "DELETE", f"{path}/{seen[0]['id']}", headers=keys["analyst"]).status_code == 204


def test_ones_own_password_is_changed_with_the_one_before(console: TestConsole) -> None:
    key, path = bearer(console.console, "viewer", "changing"), "/api/v1/me/password"
    wrong = {"current": "not-this-one", "password": "another-horse"}
    assert ask(console.app, "PUT", path, headers=key, json=wrong).status_code == 409
    right = wrong | {"current": PASSWORD}
    assert ask(console.app, "PUT", path, headers=key, json=right).status_code == 204
    assert console.console.accounts.sign_in("changing", "another-horse", "::1")
