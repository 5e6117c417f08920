"""A person at the console, in a real browser: from the set-up link to a verdict, on either engine."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.alerts.port import Alert
from monitor.campaigns.port import CampaignRevision, Details, Evidence, Interval, Membership, TextGroup
from monitor.documents import Document
from monitor.index.elasticsearch import ElasticsearchIndex
from monitor.index.elasticsearch_client import connect
from monitor.index.elasticsearch_schema import Layout
from monitor.index.elasticsearch_setup import install, uninstall
from monitor.index.port import OpinionWriter
from monitor.index.sqlite import SqliteIndex
from monitor.index.store import SqliteStore
from tests.testkit.browser import Window, chromium
from tests.testkit.documents import NOON, a_campaign, a_document, an_alert
from tests.testkit.served_console import ServedConsole, served_console
from tests.testkit.services import ElasticsearchServer

__all__ = ["chromium"]
pytestmark = [pytest.mark.system, pytest.mark.xdist_group("servers")]

PASSWORD = "correct horse battery"
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"> 房价 <b>涨</b> {{ 7*7 }}"
ORDINARY, COORDINATED = 45, 15
MINUTES_10 = 600_000


def test_a_newcomer_sets_up_searches_judges_and_is_refused_what_others_may(
    chromium: Browser, console_on_sqlite: ServedConsole
) -> None:
    assert walk(chromium, console_on_sqlite) == []


def test_the_same_walk_works_on_elasticsearch(
    chromium: Browser, console_on_elasticsearch: ServedConsole
) -> None:
    assert walk(chromium, console_on_elasticsearch) == []


def walk(browser: Browser, console: ServedConsole) -> list[str]:
    """Everything that staff do, once; what no page may do while they do it."""
    window = Window(browser, console.address)
    set_up(window, console)
    search_in_chinese(window)
    search_by_title(window)
    find_nothing_and_find_few(window)
    lose_the_way(window)
    correct_a_label(window)
    brush(window)
    leave_the_times_alone(window)
    page_on(window)
    sort_and_come_back(window)
    export(window)
    sign_in_again(window)
    judge_the_campaign(window)
    read_an_alert(window)
    add_a_viewer(window)
    switch_the_language(window)
    window.close()
    guest = Window(browser, console.address, locale="en-US", width=390, height=844)
    a_viewer_is_refused(guest)
    change_a_password(guest)
    guest.close()
    return window.mishaps + [one for one in guest.mishaps if "403" not in one]


def set_up(window: Window, console: ServedConsole) -> None:
    page = window.open("/")
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    page = window.open(console.set_up)
    page.fill("[name=name]", "lin")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search")
    window.drawn()


def search_in_chinese(window: Window) -> None:
    page = window.page
    page.fill("[name=q]", "房价（")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    expect(window.drawn().locator("#wrong")).to_contain_text("3")
    page.fill("[name=q]", "房价")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=%E6%88%BF%E4%BB%B7")
    window.drawn()
    expect(page.locator(".figures")).to_contain_text(str(ORDINARY + 1))
    expect(page.locator("article mark").first).to_have_text("房价")
    hostile = page.locator("article", has_text="onerror")
    expect(hostile).to_contain_text(HOSTILE)
    assert page.locator("article img").count() == 0
    assert "hacked" not in page.title()
    page.locator("summary", has_text="为什么").first.click()
    # The first explanation loads the model.
    expect(page.locator(".why .words").first).to_contain_text("置信度", timeout=20_000)


def search_by_title(window: Window) -> None:
    """A watchlist by what it is called; what cannot be found so is refused with the way out."""
    page = window.open("/search?q=关注：住房，平台：新浪微博")
    expect(page.locator(".figures")).to_contain_text(str(ORDINARY))
    page = window.open("/search?q=作者：u0123456789")
    expect(page.locator("#wrong")).to_contain_text("只是化名的开头")


def find_nothing_and_find_few(window: Window) -> None:
    """What nobody, or hardly anybody, said is said to be so; the page stands."""
    page = window.open("/search?q=%E6%B2%A1%E6%9C%89%E7%9A%84%E8%AF%9D")
    expect(page.locator("main")).to_contain_text("没有结果")
    page = window.open("/search?q=onerror")
    expect(page.locator(".facets")).to_contain_text("少于 5 人")
    page = window.open("/search?cursor=made-up")
    expect(page.locator("#wrong")).to_contain_text("翻页位置不属于这次检索")


def forget_the_browsers_word(window: Window, status: int = 404) -> None:
    """The browser notes a page that was answered with an error among its own."""
    (word,) = (one for one in window.mishaps if str(status) in one)
    window.mishaps.remove(word)


def lose_the_way(window: Window) -> None:
    """A mistyped address is answered in the reader's language, with a way back; a program's as a problem."""
    answer = window.page.request.get(f"{window.site}/api/v1/serch")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    page = window.open("/compaigns")
    expect(page.get_by_role("alert")).to_contain_text("没有这个页面")
    expect(page.get_by_role("alert")).to_contain_text("/compaigns")
    forget_the_browsers_word(window)
    for unknown in ("record?id=x", "campaigns/x", "alerts/x"):
        assert window.page.request.get(f"{window.site}/{unknown}").status == 404, unknown
    page.get_by_role("link", name="检索").click()
    expect(page).to_have_url(re.compile(r"/search$"))


def correct_a_label(window: Window) -> None:
    page = window.open("/record?id=sina_weibo:3")
    card = page.locator(".verdict")
    expect(card.locator(".chip")).to_have_text("负面")
    card.get_by_role("button", name="中性").click()
    expect(card.locator(".item")).to_contain_text("更正为中性")
    expect(card.locator(".item")).to_contain_text("lin")
    expect(card.locator(".chip")).to_have_text("负面")
    window.open("/search?q=%E6%88%BF%E4%BB%B7")


def brush(window: Window) -> None:
    page = window.page
    chart = page.locator(".chart canvas").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    page.wait_for_timeout(300)
    across = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.6, across)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.95, across, steps=5)
    page.mouse.up()
    page.wait_for_url("**after=*")
    window.drawn()
    assert 0 < found_records(page) < ORDINARY
    page.go_back()
    page.wait_for_url(lambda url: "after=" not in url)
    window.drawn()


def leave_the_times_alone(window: Window) -> None:
    """Bounds to the millisecond stay, though the form shows seconds."""
    bounds = f"after={NOON + 1_234}&before={NOON + 9 * MINUTES_10 + 5_678}"
    page = window.open(f"/search?q=%E6%88%BF%E4%BB%B7&{bounds}")
    page.locator("summary", has_text="或在此输入").click()
    page.locator("form[action='/search/between'] button").click()
    page.wait_for_url(f"**/search?*{bounds}*")
    window.drawn()
    window.open("/search?q=%E6%88%BF%E4%BB%B7")


def sort_and_come_back(window: Window) -> None:
    """An arrow key chooses and does nothing else; coming back shows what the list is sorted by."""
    page = window.open("/search?q=%E6%88%BF%E4%BB%B7")
    order = page.get_by_label("排序")
    order.focus()
    page.keyboard.press("ArrowDown")
    expect(order).to_have_value("oldest")
    assert "sort=" not in page.url
    page.get_by_role("button", name="排序").click()
    page.wait_for_url("**sort=oldest*")
    window.drawn()
    page.go_back()
    page.wait_for_url(lambda url: "sort=" not in url)
    window.drawn()
    expect(order).to_have_value("newest")


def sign_in_again(window: Window) -> None:
    """Who acts on a page whose session has ended comes back to that page."""
    page = window.open("/record?id=sina_weibo:3")
    assert page.request.post(f"{window.site}/sign-out", headers={"origin": window.site}).ok
    page.locator(".verdict").get_by_role("button", name="无法判断").click()
    page.wait_for_url("**/sign-in?next=*")
    page.fill("[name=name]", "lin")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/record?id=sina_weibo:3")
    window.drawn()


def page_on(window: Window) -> None:
    page = window.page
    first = page.locator("article").count()
    page.get_by_role("link", name="下一页").click()
    page.wait_for_url("**cursor=*")
    window.drawn()
    page.get_by_role("link", name="下一页").click()
    expect(page.get_by_text("已显示全部")).to_be_visible()
    assert first == 20


def export(window: Window) -> None:
    page = window.open("/search?q=%E6%88%BF%E4%BB%B7")
    page.get_by_text("导出", exact=True).click()
    usual = page.viewport_size
    assert usual is not None
    page.set_viewport_size({"width": 390, "height": 844})
    link = page.get_by_role("link", name="XLSX").bounding_box()
    assert link is not None
    assert (wider_than_the_window(page), link["x"] >= 0, link["x"] + link["width"] <= 390) == (0, True, True)
    page.set_viewport_size(usual)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="XLSX")).to_be_hidden()
    page.get_by_text("导出", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    rows = list(csv.DictReader(Path(waiting.value.path()).read_text("utf-8-sig").splitlines()))
    assert len(rows) == ORDINARY + 1


def judge_the_campaign(window: Window) -> None:
    page = window.page
    page.get_by_role("link", name="水军活动").first.click()
    page.wait_for_url("**/campaigns")
    window.drawn()
    page.get_by_role("link", name="快来围观这个楼盘").click()
    page.wait_for_url("**/campaigns/c1")
    window.drawn()
    expect(page.locator("main")).to_contain_text("15 个账号在 2 分钟内发出相同的文字")
    expect(page.locator("main")).to_contain_text("像分享按钮")
    page.fill("textarea", "同一句话 <b>")
    page.get_by_role("button", name="有组织").click()
    expect(page.locator(".verdict .item")).to_contain_text("同一句话 <b>")
    expect(page.locator("main")).to_contain_text("1 / 1")


def read_an_alert(window: Window) -> None:
    """From the wall to the list, to one alert, to the records and the campaign that it stands on."""
    page = window.open("/wall")
    page.get_by_role("link", name="全部预警").click()
    page.wait_for_url("**/alerts")
    window.drawn()
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("升级")
    page.get_by_label("级别").select_option("yellow")
    page.get_by_label("状态").select_option("1")
    page.get_by_role("button", name="查看").click()
    page.wait_for_url("**level=yellow*")
    window.drawn()
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="疑似水军活动").click()
    page.wait_for_url("**/alerts/campaign:c1:000001")
    window.drawn()
    page.get_by_role("link", name="水军活动的证据").click()
    page.wait_for_url("**/campaigns/c1")
    page = window.open("/alerts?watchlist=housing&from=2012-01-01T08:00&to=2012-01-01T18:00")
    page.get_by_role("link", name="舆论转向负面").click()
    page.wait_for_url("**/alerts/negative_turn*")
    window.drawn()
    expect(page.locator(".figures")).to_contain_text("62%")
    expect(page.locator("main tbody tr")).to_have_count(2)
    page.get_by_role("link", name="只看负面的").click()
    page.wait_for_url("**sentiment%3Anegative**")
    window.drawn()
    assert found_records(page) == 6
    page = window.open("/alerts/none")
    expect(page.locator("main")).to_contain_text("没有编号为 none 的预警")
    forget_the_browsers_word(window)
    page = window.open("/alerts?level=worst")
    expect(page.locator("#wrong")).to_contain_text("level=worst 不被接受")
    forget_the_browsers_word(window, 400)
    page = window.open("/alerts?from=2012-01-02T00:00&to=2012-01-01T00:00")
    expect(page.locator("#wrong")).to_contain_text("对调")
    forget_the_browsers_word(window, 400)


def add_a_viewer(window: Window) -> None:
    page = window.open("/users")
    form = page.locator("form", has=page.get_by_role("button", name="创建账号"))
    form.locator("[name=name]").fill("vera")
    form.locator("[name=password]").fill(PASSWORD)
    form.get_by_role("button").click()
    expect(page.get_by_role("cell", name="vera", exact=True)).to_be_visible()
    own = page.get_by_label("lin 的角色")
    own.select_option("viewer")
    page.locator("form", has=own).get_by_role("button").click()
    expect(own).to_have_value("administrator")  # The last administrator stays one, and the list says so.
    role = page.get_by_label("vera 的角色")
    for key, before, after in (("ArrowDown", "viewer", "analyst"), ("ArrowUp", "analyst", "viewer")):
        role.focus()
        page.keyboard.press(key)
        assert roles(page, window.site) == {"lin": "administrator", "vera": before}
        with page.expect_navigation():
            page.locator("form", has=role).get_by_role("button").click()
        window.drawn()
        assert roles(page, window.site) == {"lin": "administrator", "vera": after}
    page = window.open("/audit")
    for done in ("检索", "导出", "判定", "更正标签", "查看预警", "新建账号", "更改角色"):
        expect(page.get_by_role("cell", name=done, exact=True).first).to_be_visible()
    expect(page.get_by_role("cell", name="角色: 分析员").first).to_be_visible()
    page = window.open("/audit?action=set_up")
    expect(page.get_by_role("cell", name="初始设置", exact=True)).to_be_visible()


def switch_the_language(window: Window) -> None:
    page = window.open("/wall")
    expect(page.locator("main")).to_contain_text("起无数据")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="Search")).to_be_visible()
    expect(page.locator("main")).to_contain_text("no data since")
    expect(page.locator("html")).to_have_attribute("lang", "en-US")


def a_viewer_is_refused(window: Window) -> None:
    page = window.open("/sign-in?next=/campaigns/c1")
    page.fill("[name=name]", "vera")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/campaigns/c1")
    window.drawn()
    expect(page.locator(".verdict")).to_contain_text("you may read")
    assert page.get_by_role("button", name="Coordinated").count() == 0
    page = window.open("/users")
    expect(page.locator("main")).to_contain_text("Only administrators see this page")
    page = window.open("/search")
    assert page.get_by_text("Export", exact=True).count() == 0
    assert wider_than_the_window(page) == 0


def roles(page: Page, site: str) -> dict[str, str]:
    """Every account with its role, as the API tells them."""
    return {one["name"]: one["role"] for one in page.request.get(f"{site}/api/v1/users").json()}


def change_a_password(window: Window) -> None:
    """Everybody can, for themselves; it ends the session."""
    page = window.open("/search")
    page.get_by_role("link", name="Your account").click()
    page.wait_for_url("**/account")
    window.drawn()
    for present in ("not the one", PASSWORD):
        page.fill("[name=current]", present)
        page.fill("[name=password]", PASSWORD[::-1])
        page.get_by_role("button", name="Change the password").click()
        if present != PASSWORD:
            expect(page.get_by_text("do not match")).to_be_visible()
    page.wait_for_url("**/sign-in*")
    page.fill("[name=name]", "vera")
    page.fill("[name=password]", PASSWORD[::-1])
    page.keyboard.press("Enter")
    page.wait_for_url("**/search")


def wider_than_the_window(page: Page) -> int:
    """How many pixels of the page lie beside the window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def found_records(page: Page) -> int:
    return int(page.locator(".figures dd").first.inner_text().replace(",", ""))


def documents() -> list[Document]:
    """Ordinary talk over some hours, one hostile text, and a campaign in the midst of it."""
    talk = [
        a_document(
            f"sina_weibo:{number}",
            f"房价又涨了，第{number}个月也买不起",
            at=NOON + number * MINUTES_10,
            author=f"sina_weibo:p{number}",
            label="negative",
            watchlists=("housing",),
            targets=(f"sina_weibo:{number}",),
        )
        for number in range(ORDINARY)
    ]
    hostile = a_document(
        "sina_weibo:hostile",
        HOSTILE,
        at=NOON + ORDINARY * MINUTES_10,
        author="sina_weibo:<script>",
        targets=("sina_weibo:5",),
    )
    flood = [
        a_document(
            f"sina_weibo:f{number}",
            "快来围观这个楼盘",
            at=NOON + 20 * MINUTES_10 + number * 8_000,
            kind="comment",
            author=f"sina_weibo:f{number}",
            label="positive",
            targets=("sina_weibo:5",),
        )
        for number in range(COORDINATED)
    ]
    return [*talk, hostile, *flood]


def campaign() -> CampaignRevision:
    start = NOON + 20 * MINUTES_10
    end = start + COORDINATED * 8_000
    return msgspec.structs.replace(
        a_campaign("c1", opened_at=start),
        last_seen_at=end,
        accounts=COORDINATED,
        records=COORDINATED,
        targets=("sina_weibo:5",),
        intervals=(Interval("sina_weibo:5", start, end),),
        signals={"same_words": 0.9},
        examples=("快来围观这个楼盘",),
        members=(),
        details=Details(
            signals=(
                Evidence(
                    "same_words",
                    0.9,
                    "15 个账号在 2 分钟内发出相同的文字",
                    "15 accounts wrote the same words within 2 minutes",
                    "test",
                ),
            ),
            against=(Evidence("share_button", 0.3, "像分享按钮", "like a share button", "test"),),
            groups=(TextGroup("快来围观这个楼盘", COORDINATED, COORDINATED),),
        ),
    )


def alerts() -> list[Alert]:
    """A turn that grew worse, and the campaign."""
    end = NOON + 30 * MINUTES_10
    turn = Alert(
        id="t1",
        rule="negative_turn",
        subject="housing|sina_weibo",
        level="orange",
        state="opened",
        at=end - MINUTES_10,
        sentence_en="Housing: a negative turn opened at level orange.",
        sentence_zh="住房（新浪微博）舆论转向负面，发出橙色预警。",
        incident="negative_turn:housing:sina_weibo:1",
        watchlist="housing",
        platform="sina_weibo",
        began_at=end - MINUTES_10,
        unit="ratio",
        figure=0.55,
        baseline=0.2,
        low=0.4,
        high=0.7,
        people=40,
        window_start=end - 7 * MINUTES_10,
        window_end=end - MINUTES_10,
    )
    worse = msgspec.structs.replace(
        turn,
        id="t2",
        level="red",
        state="escalated",
        at=end,
        figure=0.62,
        sentence_zh="住房（新浪微博）舆论转向负面，升级为红色预警。",
        window_start=end - 6 * MINUTES_10,
        window_end=end,
    )
    started = msgspec.structs.replace(
        an_alert("campaign:c1:000001:000001:opened", at=NOON + 21 * MINUTES_10),
        rule="campaign",
        level="yellow",
        incident="campaign:c1:000001",
        sentence_zh="疑似水军活动，发出黄色预警。",
        watchlist="all",
        unit="accounts",
        figure=15.0,
        campaigns=("c1",),
    )
    return [turn, worse, started]


def fill(index: OpinionWriter) -> None:
    index.put_alerts(alerts())
    index.create(documents())
    index.put_campaigns([campaign()])
    index.update_memberships(
        [Membership(f"sina_weibo:f{number}", "c1", 1, 900) for number in range(COORDINATED)]
    )


@pytest.fixture
def console_on_sqlite(tmp_path: Path) -> Iterator[ServedConsole]:
    with SqliteStore(tmp_path) as store, store.transaction():
        fill(SqliteIndex(store))
    with served_console(tmp_path) as console:
        yield console


@pytest.fixture
def console_on_elasticsearch(
    elasticsearch_server: ElasticsearchServer, tmp_path: Path
) -> Iterator[ServedConsole]:
    url = elasticsearch_server.address
    layout = Layout(prefix=f"console-{uuid4().hex[:8]}-", replicas=0)
    with connect(url) as client:
        install(client, url, layout)
        fill(ElasticsearchIndex(client, url, layout, refresh_writes=True))
        settings = {"OPINION_MONITOR__ELASTICSEARCH__PREFIX": layout.prefix}
        with served_console(tmp_path, "--elasticsearch", url, variables=settings) as console:
            yield console
        uninstall(client, url, layout)
