"""Original posts in other languages: armies are found, and what people pass on or talk about is no army."""

from __future__ import annotations

import pytest

from benchmarks.detection import Detection
from monitor.campaigns.background import Background
from monitor.records import Post
from tests.testkit.foreign_talk import LETTERS, ForeignTalk, in_order


@pytest.fixture(scope="module")
def background() -> Background:
    return Background.shipped()


def _members(posts: list[Post], background: Background) -> set[str]:
    detection = Detection(background)
    detection.take(posts)
    return {
        record
        for campaign in detection.campaigns()
        for record, milli in detection.members[campaign.id].items()
        if milli >= 500
    }


@pytest.mark.parametrize("language", sorted(LETTERS))
def test_an_army_of_original_posts_is_found(language: str, background: Background) -> None:
    talk = ForeignTalk(language, seed=1)
    army = list(talk.army(sentences=2))
    members = _members(in_order(talk.people(), iter(army)), background)
    paid = {post.identity for post in army}
    assert len(members & paid) >= 0.5 * len(paid)
    assert members <= paid


@pytest.mark.parametrize("form", ["#{0} {2}", "{2} #{0}", "#{0} {2} #{1}", "#ours {2} #{0}", "{2}{3} #{0}"])
def test_one_text_under_changing_hashtags_is_found(form: str, background: Background) -> None:
    talk = ForeignTalk("en", seed=4)
    army = list(talk.under_changing_hashtags(form))
    members = _members(in_order(talk.people(), iter(army)), background)
    paid = {post.identity for post in army}
    assert len(members & paid) >= 0.8 * len(paid)
    assert members <= paid


@pytest.mark.parametrize("language", sorted(LETTERS))
def test_a_post_that_many_pass_on_is_no_campaign(language: str, background: Background) -> None:
    talk = ForeignTalk(language, seed=2)
    assert not _members(in_order(talk.people(), talk.passed_on()), background)


@pytest.mark.parametrize("language", sorted(LETTERS))
def test_a_talk_under_a_hashtag_is_no_campaign(language: str, background: Background) -> None:
    talk = ForeignTalk(language, seed=3)
    assert not _members(in_order(talk.people(), talk.under_a_hashtag()), background)
