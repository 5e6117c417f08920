"""The search language: what it means, that it can be written down again, and that nothing breaks it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.console.search_language import SearchSyntaxError, parse, render
from monitor.console.search_words import FIELD_NAMES, VALUE_NAMES
from monitor.index.conditions import AllOf, AnyOf, Condition, ConditionField, Has, Not, Within, Words
from monitor.language import catalogue
from tests.testkit.console import ZONE

MIDNIGHT = 1_322_668_800_000
"""2011-12-01 in Shanghai."""

PIECES = st.sampled_from(
    [
        *(f"{name}:" for name in FIELD_NAMES),
        *(value for values in VALUE_NAMES.values() for value in values),
        *("AND", "OR", "NOT", "(", ")", '"', "“", "”", "（", "）", "：", "　", " ", "房价", "iPhone 5s", "a"),
        *("2011-12-01", "2011-12-01T14:02", "0001-01-01", "9999-12-31T23:59:59.999999-23:59", "t.cn://x"),
        *(
            "，",
            "、",
            "；",
            "住房",
            "新浪微博",
            "all",
            "u0123456789",
            "！！",
            "#话题#",
            "sina_weibo:1",
            "''",
            "\\",
            "*",
            "\0",
            "\ud800",
            "\u202e",
            "𠮷",
        ),
    ]
)
ROWS = st.lists(PIECES, max_size=25)
TEXTS = st.one_of(st.text(max_size=80), ROWS.map("".join), ROWS.map(" ".join))


TITLES = {"住房": "housing", "food and drink": "food"}


def parsed(text: str) -> Condition | None:
    return parse(text, ZONE, TITLES)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("", None),
        (" 　 ", None),
        ("房价", Words("房价")),
        ("房价 上涨", AllOf((Words("房价"), Words("上涨")))),
        ("房价 AND 上涨", AllOf((Words("房价"), Words("上涨")))),
        ("“房价 上涨”", Words("房价 上涨", phrase=True)),
        ("a b OR c", AnyOf((AllOf((Words("a"), Words("b"))), Words("c")))),
        ("a （b OR c）", AllOf((Words("a"), AnyOf((Words("b"), Words("c")))))),
        ("NOT a b", AllOf((Not(Words("a")), Words("b")))),
        ("or and not", AllOf((Words("or"), Words("and"), Words("not")))),
        ("情感：负面", Has("sentiment", "negative")),
        ("情感：未评分", Has("sentiment", "unscored")),
        ("Kind:Repost", Has("kind", "repost")),
        ("target:sina_weibo:12", Has("target", "sina_weibo:12")),
        ('target:"#a b"', Has("target", "#a b")),
        ("http://t.cn/x", Words("http://t.cn/x")),
        ("他说：好", Words("他说:好")),
        ("关注：住房", Has("watchlist", "housing")),
        ('watchlist:"Food and Drink"', Has("watchlist", "food")),
        ("watchlist:housing", Has("watchlist", "housing")),
        ("watchlist:one_of_before", Has("watchlist", "one_of_before")),
        ("关注：全部", Has("watchlist", "all")),
        ("平台：新浪微博", Has("platform", "sina_weibo")),
        ("platform:Sina_Weibo", Has("platform", "sina_weibo")),
        ("平台：全部", Has("platform", "all")),
        ("关注：住房，平台：新浪微博", AllOf((Has("watchlist", "housing"), Has("platform", "sina_weibo")))),
        ("房价、房租；上涨", AllOf((Words("房价"), Words("房租"), Words("上涨")))),
        ("“房价，上涨”", Words("房价，上涨", phrase=True)),
        ('target:"#衣、食#"', Has("target", "#衣、食#")),
        ('target:"#（住）：行#"', Has("target", "#（住）：行#")),
        ("目标：＂#（住）：行#”", Has("target", "#（住）：行#")),
        (r'target:"#a \"b\" \“c\” \\ \d#"', Has("target", '#a "b" “c” \\ \\d#')),
        (r"“a \” OR \“ b”", Words("a ” OR “ b", phrase=True)),
        (r"x\\y", Words(r"x\\y")),
        ('"' + "(" * 20 + 'a NOT"', Words("(" * 20 + "a NOT", phrase=True)),
        ("作者：u0123456789abcdef01234", Has("author", "u0123456789abcdef01234")),
        ("author:2803301701", Has("author", "2803301701")),
        ("after:2011-12-01", Within(after=MIDNIGHT)),
        ("止:2011-11-30T16:00Z", Within(before=MIDNIGHT)),
    ],
)
def test_a_text_means(text: str, condition: Condition | None) -> None:
    assert parsed(text) == condition


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        ("a AND", 6, "missing at the end"),
        ("a OR OR b", 6, "OR cannot stand here"),
        ("b (a", 3, "parenthesis is not closed"),
        ("a )", 3, "could close"),
        ('ab "c', 4, "quotation mark is not closed"),
        ('ab "c\\"', 4, "quotation mark is not closed"),
        ('"a(" (b', 6, "parenthesis is not closed"),
        ("x colour:red", 3, "no field colour; fields are platform"),
        ("kind:xx", 6, "one of post, repost, comment"),
        ("平台：微信", 4, "one of sina_weibo, tencent_weibo"),
        ("a 关注：住宅", 6, "one of all, housing, food"),
        ("author:u01234567ab", 8, "beginning of a pseudonym"),
        ("author:sina_weibo:u01234567ab", 8, "beginning of a pseudonym"),
        ("after:yesterday", 7, "not a time"),
        ("after:1011-12-01", 7, "not a time"),
        ("a ！！", 3, "no letter or digit"),
        ('author:""', 8, "is empty"),
        ("(" * 20 + "a", 13, "too many parentheses"),
        ("a" * 1001, 1001, "more than 1000 characters"),
        (" ".join("a" * 250), 499, "too many parts"),
    ],
)
def test_an_error_points_at_the_column_and_says_what_to_do(text: str, column: int, problem: str) -> None:
    with pytest.raises(SearchSyntaxError, match=problem) as raised:
        parsed(text)
    assert raised.value.column == column


def test_an_error_is_told_in_chinese_too() -> None:
    with pytest.raises(SearchSyntaxError) as raised:
        parsed("(a")
    assert raised.value.sentence(catalogue("zh")) == "第 1 字：括号没有闭合，请补上或去掉"


@settings(max_examples=400)
@given(TEXTS)
@example("NOT " * 300)
@example('platform:"AND"')
@example("((((((((((((a" * 40)
def test_any_text_is_read_or_refused_and_what_is_read_can_be_written_down(text: str) -> None:
    try:
        condition = parsed(text)
    except SearchSyntaxError as error:
        assert 1 <= error.column <= len(text) + 1  # noqa: PT017  # a refusal is as good as a reading
        return
    assert parsed(render(condition, ZONE)) == condition


@settings(max_examples=300)
@given(
    st.sampled_from(["target", "author"]),
    st.text(
        st.one_of(
            st.sampled_from('"“”＂\\（）()：:　 ，、；/#@aN'),
            st.characters(exclude_categories=("Cs", "Cc", "Z")),
        ),
        min_size=1,
        max_size=30,
    ).filter(lambda value: value == value.strip()),
)
@example("target", '#x" OR platform:weibo OR "y#')
@example("target", "weibo：1")
@example("target", "//a")
@example("target", "AND")
@example("target", "a\\")
def test_a_link_asks_for_the_very_value_whatever_people_put_into_their_tags(
    field: ConditionField, value: str
) -> None:
    assert parsed(render(Has(field, value), ZONE)) == Has(field, value)


WORDS = st.sampled_from(["房价", "iphone", "3.5", "t.cn", "and", "涨了！"]).map(Words)
PHRASES = st.sampled_from(["房价 上涨", "AND", "a OR b", "(x)", "中", 'a "b', "a\\", "“a”（b）"]).map(
    lambda text: Words(text, phrase=True)
)
FIELDS = st.one_of(
    st.builds(Has, st.just("target"), st.sampled_from(["sina_weibo:1", "#a b", "link:http://t.cn/x", "(x)"])),
    st.builds(Has, st.just("kind"), st.sampled_from(["post", "repost"])),
    st.builds(Within, after=st.integers(0, 4_000_000_000_000)),
    st.builds(Within, before=st.integers(0, 4_000_000_000_000)),
)
LEAVES = st.one_of(WORDS, PHRASES, FIELDS)


def joined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(several.map(AllOf), several.map(AnyOf), parts.map(Not))


@settings(max_examples=200)
@given(st.recursive(LEAVES, joined, max_leaves=12))
def test_a_condition_written_down_is_read_as_it_was(condition: Condition) -> None:
    assert parsed(render(condition, ZONE)) == condition
