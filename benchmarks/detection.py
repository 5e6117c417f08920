"""The detector of every slot and the joiner, fed with records directly: what the evidence is measured on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import islice
from zlib import crc32

import msgspec

from monitor.campaigns.background import Background
from monitor.campaigns.detector import SlotDetector
from monitor.campaigns.joiner import CampaignsJoiner
from monitor.campaigns.port import CampaignRevision, Sighting
from monitor.campaigns.sightings import sightings_of
from monitor.records import Post, RecordDecoder
from monitor.text import own_words

SLOTS = 256
PLATFORMS = frozenset({"sina_weibo", "tencent_weibo"})
NOW = 4_000_000_000.0
_TIMED = 1_000
"""Records timed together: asking for the time costs as much as a record."""


class Detection:
    """Slots made when first needed, one joiner; ``seconds`` is processor time spent in detection."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._slots: dict[int, SlotDetector] = {}
        self._joiner = CampaignsJoiner()
        self.found: dict[str, CampaignRevision] = {}
        self.members: dict[str, dict[str, int]] = {}
        self.records = 0
        self.seconds = 0.0

    def take(self, posts: Iterable[Post]) -> None:
        """See records in their order."""
        left = iter(posts)
        while batch := list(islice(left, _TIMED)):
            began = time.process_time()
            for post in batch:
                self.see(sightings_of(post, own_words(post.text)))
            self.seconds += time.process_time() - began

    def see(self, sightings: Sequence[Sighting]) -> None:
        """See one record from its objects."""
        self.records += 1
        for sighting in sightings:
            slot = crc32(sighting.object.encode()) % SLOTS
            detector = self._slots.get(slot)
            if detector is None:
                detector = self._slots[slot] = SlotDetector(self._background)
            self._join(detector.see(sighting))

    def let_hours_go_by(self, since: int) -> None:
        """Let all that is open settle and close: every slot sees other objects until hours later."""
        for slot, detector in self._slots.items():
            for hour in range(1, 14):
                quiet = Sighting(f"#quiet{slot}.{hour}", "nobody", "", "post", f"quiet:{slot}.{hour}", 0)
                self._join(detector.see(msgspec.structs.replace(quiet, at=since + hour * 3_600_000)))

    def _join(self, parts: Iterable[CampaignRevision]) -> None:
        for part in parts:
            for revision in self._joiner.see(part):
                self.found[revision.id] = revision
                members = self.members.setdefault(revision.id, {})
                members.update({one.record: one.probability_milli for one in revision.members})

    def campaigns(self) -> list[CampaignRevision]:
        """Campaigns that are not part of another, oldest first."""
        return sorted(
            (one for one in self.found.values() if one.state != "merged"), key=lambda one: one.opened_at
        )

    def snapshot_bytes(self) -> int:
        """Size of all snapshots."""
        return sum(len(detector.snapshot()) for detector in self._slots.values())


def decoded(lines: Iterable[bytes]) -> Iterable[Post]:
    """Valid records among lines."""
    decoder = RecordDecoder(PLATFORMS)
    for line in lines:
        post = decoder.decode(line, NOW)
        if isinstance(post, Post):
            yield post
