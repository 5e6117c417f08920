"""Ordinary talk looks as in the public Weibo cascades: shares of empty and of recurring reposts, sizes."""

from collections import Counter, defaultdict

import pytest

from tests.streams.sources.simulator.conftest import Day


def own(text: str) -> str:
    return text.partition("//@")[0].strip()


@pytest.fixture(scope="module")
def cascades(day: Day) -> dict[str, list[str]]:
    """The own texts of all reposts that no campaign wrote, by cascade."""
    texts: dict[str, list[str]] = defaultdict(list)
    for record, post in zip(day.records, day.posts, strict=True):
        if post.kind == "repost" and (record.episode is None or record.episode.label == "organic"):
            texts[post.cascade].append(own(post.text))
    return texts


def test_as_many_reposts_are_empty_as_in_real_cascades(cascades: dict[str, list[str]]) -> None:
    everything = [text for texts in cascades.values() for text in texts]
    assert 0.35 <= everything.count("") / len(everything) <= 0.43


def test_as_many_own_texts_recur_within_their_cascade_as_in_real_ones(
    cascades: dict[str, list[str]],
) -> None:
    written = recurring = 0
    for texts in cascades.values():
        counts = Counter(text for text in texts if text)
        written += counts.total()
        recurring += sum(count for count in counts.values() if count > 1)
    assert 0.13 <= recurring / written <= 0.21


def test_own_texts_are_as_short_as_in_real_cascades(cascades: dict[str, list[str]]) -> None:
    lengths = sorted(len(text) for texts in cascades.values() for text in texts if text)
    assert 6 <= lengths[len(lengths) // 2] <= 12


def test_few_cascades_hold_most_reposts(cascades: dict[str, list[str]]) -> None:
    sizes = sorted(map(len, cascades.values()), reverse=True)
    assert sum(sizes[: len(sizes) // 20]) > 0.5 * sum(sizes)


def test_the_largest_cascade_dwarfs_the_usual_one(cascades: dict[str, list[str]]) -> None:
    sizes = sorted(map(len, cascades.values()))
    assert sizes[-1] > 100 * sizes[len(sizes) // 2]


def test_few_people_write_much_and_most_write_little(day: Day) -> None:
    counts = sorted(Counter(record.author_id for record in day.records).values())
    assert counts[len(counts) // 2] <= 2
    assert counts[-1] >= 30


def test_ordinary_original_posts_are_almost_never_equal(day: Day) -> None:
    texts = [
        post.text
        for record, post in zip(day.records, day.posts, strict=True)
        if post.kind == "post" and record.episode is None
    ]
    assert len(set(texts)) > 0.995 * len(texts)
