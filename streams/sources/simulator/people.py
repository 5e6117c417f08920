"""The accounts of the simulated world: the many, the few who write all day, officials, media and stars.

Activity follows Zipf's law. Accounts come into being when they are first drawn and are then kept, so
memory is bounded by the size of the crowd and does not grow with the number of days.
"""

import random
from typing import Literal

import msgspec

from streams.sources.simulator.clock import iso
from streams.sources.simulator.language import CITIES, PROVINCES, nickname, pick

Platform = Literal["sina_weibo", "tencent_weibo"]
PLATFORMS: tuple[Platform, ...] = ("sina_weibo", "tencent_weibo")

CLIENTS: dict[Platform, tuple[str, ...]] = {
    "sina_weibo": (
        "新浪微博",
        "Android客户端",
        "iPhone客户端",
        "Weico.iPhone",
        "S60客户端",
        "iPad客户端",
        "皮皮时光机",
        "手机新浪微博",
    ),
    "tencent_weibo": ("腾讯微博", "QQ签名", "腾讯微博Android", "腾讯微博iPhone", "手机腾讯网", "QQ空间"),
}


class Official(msgspec.Struct, frozen=True):
    """One official account of the simulated world, as ``config/officials.csv`` lists it."""

    platform: Platform
    id: str
    name: str
    agency: str


def _officials() -> tuple[Official, ...]:
    offices = (
        ("发布", "市政府新闻办公室"),
        ("公安在线", "市公安局"),
        ("交警", "市公安局交通警察支队"),
        ("环保", "市环境保护局"),
        ("教育", "市教育局"),
        ("卫生", "市卫生局"),
    )
    entries = []
    for platform in PLATFORMS:
        for number, (suffix, agency) in enumerate(offices):
            for place, city in enumerate(CITIES[:4]):
                serial = 10 * number + place
                account = str(3_200_000_100 + serial) if platform == "sina_weibo" else f"gov{4_100 + serial}"
                entries.append(Official(platform, account, f"{city}{suffix}", f"{city}{agency}"))
    return tuple(entries)


OFFICIALS: tuple[Official, ...] = _officials()
"""Every official account that the simulator writes as; the same for every seed."""


class Author(msgspec.Struct, omit_defaults=True):
    """The author object of the intake record."""

    id: str
    name: str
    verified: bool | None = None
    verified_type: int | None = None
    followers: int | None = None
    following: int | None = None
    posts: int | None = None
    location: str | None = None
    registered_at: str | None = None


class Account:
    """One account with its author object encoded once, since that is most of a record's bytes."""

    __slots__ = ("author", "client", "followers", "id", "name", "platform")

    def __init__(self, platform: Platform, author: Author, client: str) -> None:
        self.platform: Platform = platform
        self.id = author.id
        self.name = author.name
        self.followers = author.followers or 0
        self.client = client
        self.author = msgspec.Raw(msgspec.json.encode(author))


class Crowd:
    """All accounts of one platform.

    ``size`` bounds the number of private people; ``start`` (epoch seconds) is when the simulation begins,
    so that nobody registered later.
    """

    def __init__(self, rng: random.Random, platform: Platform, size: int, start: int) -> None:
        self._rng = rng
        self.platform: Platform = platform
        self._size = max(size, 500)
        self._start = start
        self._salt = rng.getrandbits(31)
        self._made = 0
        self._people: dict[int, Account] = {}
        self.officials = [self._official(entry) for entry in OFFICIALS if entry.platform == platform]
        self.media = [
            self._public(f"{city}{paper}", 3) for city in CITIES for paper in ("晚报", "新闻网", "都市报")
        ]
        self.stars = [self._public(nickname(rng), 0) for _ in range(40)]
        self.brands = [self._public(f"{nickname(rng)}官方", 2) for _ in range(30)]

    def person(self) -> Account:
        """Draw a private person, the busy ones more often."""
        return self._numbered(int(self._size * self._rng.random() ** 3))

    def anyone(self) -> Account:
        """Draw a private person regardless of activity."""
        return self._numbered(int(self._size * self._rng.random()))

    def regular(self, publisher: Account, circle: int = 400) -> Account:
        """Draw one of the ``circle`` people who read this publisher every day."""
        first = hash_of(publisher.id) % self._size
        return self._numbered((first + int(circle * self._rng.random() ** 1.5)) % self._size)

    def newcomer(self, *, aged: bool) -> Account:
        """Make an account for hire: new and bare, or (``aged``) one with a past that was bought."""
        rng = self._rng
        age_days = rng.randint(200, 800) if aged else rng.randint(1, 90)
        complete = aged or rng.random() < 0.3
        author = Author(
            id=self._next_id(),
            name=nickname(rng),
            verified=False,
            verified_type=-1,
            followers=int(rng.lognormvariate(4.5 if aged else 2.5, 1.0)),
            following=int(rng.lognormvariate(5.5, 0.8)),
            posts=int(rng.lognormvariate(5.5 if aged else 3.0, 1.0)),
            location=pick(rng, PROVINCES) if complete else None,
            registered_at=iso(self._start - age_days * 86_400 + rng.randrange(86_400)),
        )
        return Account(self.platform, author, pick(rng, CLIENTS[self.platform]))

    def _numbered(self, number: int) -> Account:
        account = self._people.get(number)
        if account is None:
            account = self._people[number] = self._private()
        return account

    def _private(self) -> Account:
        rng = self._rng
        clients = CLIENTS[self.platform]
        verified = rng.random() < 0.04
        author = Author(
            id=self._next_id(),
            name=nickname(rng),
            verified=verified,
            verified_type=0 if verified else (220 if rng.random() < 0.08 else -1),
            followers=int(rng.lognormvariate(8.5 if verified else 5.0, 1.4)),
            following=int(rng.lognormvariate(5.0, 0.9)),
            posts=int(rng.lognormvariate(6.0, 1.4)),
            location=pick(rng, PROVINCES),
            registered_at=iso(self._start - rng.randint(1, 830) * 86_400 + rng.randrange(86_400)),
        )
        return Account(self.platform, author, clients[int(len(clients) * rng.random() ** 2)])

    def _public(self, name: str, verified_type: int) -> Account:
        rng = self._rng
        author = Author(
            id=self._next_id(),
            name=name,
            verified=True,
            verified_type=verified_type,
            followers=int(rng.lognormvariate(12.5, 1.0)),
            following=rng.randint(50, 900),
            posts=rng.randint(800, 20_000),
            location=pick(rng, PROVINCES),
            registered_at=iso(self._start - rng.randint(400, 830) * 86_400),
        )
        return Account(self.platform, author, CLIENTS[self.platform][0])

    def _official(self, entry: Official) -> Account:
        rng = self._rng
        author = Author(
            id=entry.id,
            name=entry.name,
            verified=True,
            verified_type=1,
            followers=int(rng.lognormvariate(11.0, 0.8)),
            following=rng.randint(50, 400),
            posts=rng.randint(500, 6_000),
            location=entry.name[:2],
            registered_at=iso(self._start - rng.randint(200, 700) * 86_400),
        )
        return Account(self.platform, author, CLIENTS[self.platform][0])

    def _next_id(self) -> str:
        """Return an id nobody has: an odd multiplier modulo a power of two visits every value once."""
        self._made += 1
        mixed = (self._made * 0x9E3779B1 + self._salt) & 0x7FFFFFFF
        if self.platform == "sina_weibo":
            return str(1_000_000_000 + mixed)
        return f"t{mixed:08x}"


def hash_of(text: str) -> int:
    """Return a hash that is the same in every process, unlike ``hash``."""
    value = 2166136261
    for char in text:
        value = ((value ^ ord(char)) * 16777619) & 0xFFFFFFFF
    return value
