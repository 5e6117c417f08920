"""How much of a long text stands in a list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.console.pages.hits import LONGEST_IN_LIST, excerpt


def test_a_usual_text_is_shown_whole() -> None:
    text = "房" * LONGEST_IN_LIST
    assert excerpt(text, [(3, 5)]) == (text, ((3, 5),))


def test_a_long_text_is_shown_around_what_was_sought() -> None:
    text = f"{'前' * 9_000}房价{'后' * 9_000}"
    shown, ((start, end),) = excerpt(text, [(9_000, 9_002)])
    assert shown[start:end] == "房价"
    assert (shown[0], shown[-1], len(shown) <= LONGEST_IN_LIST) == ("…", "…", True)


@given(st.integers(0, 60), st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=5))
def test_marks_stay_on_what_they_mark(length: int, places: list[tuple[int, int]]) -> None:
    text = "".join(chr(0x4E00 + number) for number in range(length))
    marks = sorted({(start, min(start + size, length)) for start, size in places if start < length})
    shown, kept = excerpt(text, marks, most=20)
    known = {text[start:end] for start, end in marks}
    for start, end in kept:
        assert any(one.startswith(shown[start:end]) for one in known)
        assert shown[start:end]
    assert bool(kept) == bool(marks)
