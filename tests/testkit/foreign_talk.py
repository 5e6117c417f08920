"""A day's original posts in other languages: people, passed-on posts, a talk under a hashtag, an army.

The words are made up from the letters of each language, with Zipf's frequencies, so that no wording can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from monitor.records import Author, Post

LETTERS = {
    "en": ("bcdfghlmnprstvw", "aeiou"),
    "es": ("bcdfglmnprstv", "aeioáéó"),
    "ru": ("бвгдклмнпрст", "аеиоуыя"),
    "ar": ("بتجدرسشعفقكلمن", "اويه"),
    "tr": ("bcçdgğklmnrsşt", "aeıioöuü"),
}
_START = datetime(2019, 3, 5, 4, tzinfo=UTC)
_DAY = 24 * 60.0
_PEOPLE_POSTS = 3_000


class ForeignTalk:
    """Posts of one day in one language; all of one seed."""

    def __init__(self, language: str, seed: int) -> None:
        self._random = Random(f"{language} {seed}")
        consonants, vowels = LETTERS[language]
        chance = self._random
        self._words = [
            "".join(chance.choice(consonants) + chance.choice(vowels) for _ in range(chance.randint(1, 4)))
            for _ in range(3_000)
        ]
        self._numbers = count()

    def people(self) -> Iterator[Post]:
        """Everybody about everything, some under hashtags, with links or mentions."""
        chance = self._random
        tags = [self._word() + self._word() for _ in range(60)]
        for _ in range(_PEOPLE_POSTS):
            text = self.sentence()
            text += f" #{chance.choice(tags)}" if chance.random() < 0.3 else ""
            text += self._link() if chance.random() < 0.3 else ""
            yield self._post(f"p{chance.randrange(_PEOPLE_POSTS)}", text, chance.uniform(0, _DAY))

    def passed_on(self) -> Iterator[Post]:
        """One post, passed on by 20 to 200 people as it is, some with a word of their own."""
        chance = self._random
        text, span = self.sentence(), chance.uniform(20, 400)
        for number in range(chance.randint(20, 200)):
            own = self.sentence(1, 6) + " " if chance.random() < 0.15 else ""
            at = min(span, chance.expovariate(4 / span))
            yield self._post(f"r{number}", f"{own}RT @somebody: {text}", at)

    def under_a_hashtag(self) -> Iterator[Post]:
        """50 to 300 people under one hashtag, with the words of its subject and a slogan now and then."""
        chance = self._random
        tag, span = f" #{self._word()}{self._word()}day", chance.uniform(60, 600)
        subject, slogans = self.sentence(15, 15).split(), [self.sentence(2, 4) for _ in range(4)]
        for number in range(chance.randint(50, 300)):
            words = [chance.choice(subject) if chance.random() < 0.3 else self._word() for _ in range(10)]
            text = chance.choice(slogans) if chance.random() < 0.2 else " ".join(words)
            yield self._post(f"h{number}", text + tag, chance.uniform(0, span))

    def army(self, sentences: int) -> Iterator[Post]:
        """30 to 300 accounts over one to 24 hours with so many sentences, a hashtag or none."""
        chance = self._random
        accounts, span = chance.randint(30, 300), 60 * 24 ** chance.random()
        pool = [self.sentence() for _ in range(sentences)]
        changed = chance.choice((0.0, 0.1))
        tag = f" #{self._word()}A{self._word()}" if chance.random() < 0.6 else ""
        linked, mentioning = chance.random() < 0.5, chance.random() < 0.3
        for number in range(round(accounts * chance.uniform(1, 2))):
            words = chance.choice(pool).split()
            text = " ".join(self._word() if chance.random() < changed else word for word in words) + tag
            text = f"@u{chance.randrange(5_000)} {text}" if mentioning else text
            text += self._link() if linked else ""
            yield self._post(f"c{number % accounts}", text, chance.uniform(0, span))

    def under_changing_hashtags(self, form: str) -> Iterator[Post]:
        """30 accounts within an hour with one sentence: two hashtags, it and exclamations in a ``form``."""
        chance = self._random
        sentence, tags = self.sentence(12), [self._word() + self._word() for _ in range(80)]
        for number in range(30):
            text = form.format(chance.choice(tags), chance.choice(tags), sentence, "!" * chance.randrange(7))
            yield self._post(f"t{number}", text, 600 + chance.uniform(0, 60))

    def sentence(self, least: int = 8, most: int = 18) -> str:
        """So many words."""
        return " ".join(self._word() for _ in range(self._random.randint(least, most)))

    def _word(self) -> str:
        return self._words[int(len(self._words) ** self._random.random()) - 1]

    def _link(self) -> str:
        return " https://t.co/" + "".join(self._random.choice("abcdefghkABCDEFG0123") for _ in range(10))

    def _post(self, author: str, text: str, minute: float) -> Post:
        return Post(
            id=f"f{next(self._numbers)}",
            platform="sina_weibo",
            kind="post",
            author=Author(id=author),
            text=text,
            created_at=_START + timedelta(minutes=minute),
        )


def in_order(*posts: Iterator[Post]) -> list[Post]:
    """All of these posts in order of time."""
    return sorted((post for some in posts for post in some), key=lambda post: post.created_at)
