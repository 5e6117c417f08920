"""A search is its address: facets narrow it and take the narrowing away again."""

from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from monitor.console.pages.address import (
    Narrowing,
    campaign_page,
    record_page,
    same_text,
    search_for,
    search_page,
)
from monitor.console.search_language import parse
from monitor.console.search_state import SearchState
from monitor.index.conditions import AllOf, Has

ZONE = ZoneInfo("Asia/Shanghai")


def narrowed(q: str) -> str:
    return Narrowing(SearchState(q=q), ZONE).switched("sentiment", "negative").q


def test_what_was_typed_stays_as_it_was_typed() -> None:
    assert narrowed("房价  物业") == "房价  物业 sentiment:negative"


def test_a_choice_of_words_is_narrowed_as_a_whole() -> None:
    assert narrowed("房价 OR 房租") == "(房价 OR 房租) sentiment:negative"


def test_a_narrowing_is_taken_away_by_the_same_click() -> None:
    assert (
        Narrowing(SearchState(q="房价 sentiment:negative"), ZONE).switched("sentiment", "negative").q
        == "房价"
    )


def test_narrowing_begins_on_the_first_page() -> None:
    state = SearchState(q="房价", cursor="abc")
    assert Narrowing(state, ZONE).switched("kind", "post").cursor is None


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=30))
def test_any_author_can_be_asked_for_by_a_link(author: str) -> None:
    address = search_for("author", author, ZONE)
    assert address.startswith("/search?q=")
    assert '"' not in address
    assert "<" not in address


def test_a_value_with_spaces_is_asked_for_as_a_whole() -> None:
    state = Narrowing(SearchState(), ZONE).switched("target", "#a b")
    assert parse(state.q, ZONE) == Has("target", "#a b")


def test_a_second_narrowing_is_added_to_the_first() -> None:
    once = Narrowing(SearchState(q="房价"), ZONE).switched("kind", "post")
    twice = Narrowing(once, ZONE).switched("platform", "sina_weibo")
    condition = parse(twice.q, ZONE)
    assert isinstance(condition, AllOf)
    assert {Has("kind", "post"), Has("platform", "sina_weibo")} <= set(condition.parts)


def test_an_empty_search_has_a_plain_address() -> None:
    assert search_page(SearchState()) == "/search"


def test_ids_cannot_lead_out_of_their_pages() -> None:
    assert campaign_page("../../audit") == "/campaigns/..%2F..%2Faudit"
    assert record_page("a&b=c") == "/record?id=a%26b%3Dc"


@given(st.text(max_size=200))
def test_the_same_text_can_be_asked_for_whatever_it_says(text: str) -> None:
    address = same_text(SearchState(q="房价 OR 房租"), text, ZONE)
    assert parse(parse_qs(urlsplit(address).query)["q"][0], ZONE) is not None
    assert "fold=0" in address


def test_the_same_text_is_asked_for_as_a_phrase_beside_the_search() -> None:
    address = same_text(SearchState(q="房价"), "房价“真”高", ZONE)
    assert parse_qs(urlsplit(address).query)["q"] == ['房价 "房价 真 高"']
