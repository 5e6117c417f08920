"""One object under watch: its window, the campaign open on it, and what one more sighting does to both.

Nothing but the object's own sightings, in their order, enters here; what else a slot remembers, and in which
order sightings come, is not known.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from monitor.campaigns import against, life, verdict
from monitor.campaigns.background import Background
from monitor.campaigns.lexicon import Lexicon
from monitor.campaigns.port import CampaignRevision, Sighting
from monitor.campaigns.signals import recycled_pool, runs, same_words, shared_phrases, support
from monitor.campaigns.signals.finding import Finding
from monitor.campaigns.window import LATENESS_MS, ObjectWindow, Seen

_CONSIDER_AT = 0.3
_SUSPECTS = 8
_MAX_ENDED = 8
_LEAST_ACCOUNTS = 8
_LOOK_AGAIN = 24
"""A group without a campaign is looked at again when so much of it is new: one record in so many it holds."""
_JUDGE_AGAIN, _JUDGE_AT_LEAST = 20, 12
"""An open campaign is judged again when one record in so many is new, or so many are."""


class Watch(msgspec.Struct, gc=False):
    """What is known of one object; ``stirred`` says that something looked like a campaign lately.

    ``ended`` are the latest campaigns that were closed or taken back, with the last revision told of each:
    one that a late record revives goes on from there.
    """

    window: ObjectWindow
    campaign: life.Campaign | None = None
    stirred: bool = False
    ended: dict[str, int] = {}

    def end(self, campaign: str, revision: int) -> None:
        """Remember which revision of a campaign was told last."""
        self.ended.pop(campaign, None)
        self.ended[campaign] = revision
        for oldest in list(self.ended)[:-_MAX_ENDED]:
            del self.ended[oldest]

    def copy(self) -> Watch:
        """As it is now; what happens to either does not change the other."""
        campaign = None if self.campaign is None else life.copy(self.campaign)
        return Watch(self.window.copy(), campaign, self.stirred, self.ended.copy())


class Verdict(NamedTuple):
    """A score of ``verdict.OPEN_AT`` or more, and what was measured for and against beside the findings."""

    score: float
    supporting: list[Finding]
    speaking: list[Finding]


class Watching:
    """Applies sightings to watches, against one background model and lexicon."""

    def __init__(self, background: Background, lexicon: Lexicon) -> None:
        self._background = background
        self._lexicon = lexicon

    def see(self, watch: Watch, sighting: Sighting) -> list[CampaignRevision]:
        """Remember a sighting and judge what it completes; the revisions it causes."""
        window = watch.window
        if sighting.record == sighting.object:
            window.take_root(sighting, self._background)
            return []
        seen = window.add(sighting, self._background)
        if seen is None:
            return []
        revisions = []
        if watch.campaign is not None:
            if window.last_at - life.last_seen(watch.campaign) > life.SILENCE_MS:
                revisions.append(self.close(watch))
            else:
                life.note(watch.campaign, window, seen)
        if not _is_due(watch, seen):
            if watch.campaign is not None:
                revisions += self._belong(window, watch.campaign, seen)
            return revisions
        findings = self._findings(window, seen)
        watch.stirred = watch.stirred or bool(findings)
        if watch.campaign is not None:
            revisions += self._grow(window, watch.campaign, seen, findings)
        elif findings:
            revisions += self._consider(watch, seen, findings)
        return revisions

    def close(self, watch: Watch) -> CampaignRevision:
        """End the campaign that is open on the object."""
        campaign = watch.campaign
        assert campaign is not None
        watch.campaign = None
        window = watch.window
        window.suspect = [*window.suspect, (campaign.intervals[0][0], life.last_seen(campaign))][-_SUSPECTS:]
        told = life.tell(campaign, window, "closed")
        watch.end(told.id, told.revision)
        return told

    def _findings(self, window: ObjectWindow, seen: Seen) -> list[Finding]:
        """The main signals that the newest record completes."""
        if seen.group < 0:
            found = [runs.measure(window, seen)] if window.is_cascade else []
        elif len(window.groups[seen.group].seen) < 2:
            found = []
        else:
            found = [same_words.measure(window, seen), runs.measure(window, seen)]
            if not window.is_text:
                found.append(recycled_pool.measure(window, seen.at))
        if seen.group >= 0 and window.total % shared_phrases.EVERY == 0 and window.is_cascade:
            found.append(shared_phrases.measure(window, seen.at, self._background))
        return [finding for finding in found if finding is not None and finding.value >= _CONSIDER_AT]

    def _consider(self, watch: Watch, seen: Seen, findings: list[Finding]) -> list[CampaignRevision]:
        window = watch.window
        members = _members(window, findings, seen.at)
        judged = self._judge(window, findings, members)
        if judged is None or len({member.author for member in members}) < _LEAST_ACCOUNTS:
            return []
        campaign = watch.campaign = life.opened(window, seen, judged.score)
        life.take(campaign, window, findings, members)
        campaign.found.update({one.name: one for one in judged.supporting})
        campaign.against = {one.name: one for one in judged.speaking}
        return [life.tell(campaign, window, "open")]

    def _grow(
        self, window: ObjectWindow, campaign: life.Campaign, seen: Seen, findings: list[Finding]
    ) -> list[CampaignRevision]:
        campaign.judged = campaign.record_count
        if findings:
            members = _members(window, findings, seen.at)
            judged = self._judge(window, findings, members)
            if judged is not None:
                life.take(campaign, window, findings, members)
                campaign.found.update({one.name: one for one in judged.supporting})
                if judged.score >= campaign.score:
                    campaign.score = judged.score
                    campaign.against = {one.name: one for one in judged.speaking}
        return self._belong(window, campaign, seen)

    def _belong(self, window: ObjectWindow, campaign: life.Campaign, seen: Seen) -> list[CampaignRevision]:
        """Take a record in that carries a text of the campaign."""
        if life.belongs(campaign, seen):
            life.add(campaign, window, seen)
        return (
            [life.tell(campaign, window, "open")] if life.is_worth_telling(campaign, window, seen.at) else []
        )

    def _judge(self, window: ObjectWindow, findings: list[Finding], members: list[Seen]) -> Verdict | None:
        """The score and what made it; None where it is too low, mostly before all is measured.

        Of a late record there may be no members: what it completes began more than the lateness after it.
        """
        if not members:
            return None
        speaking = against.measure(window, members, self._lexicon)
        if not verdict.may_open(findings, speaking):
            return None
        supporting = support.measure(window, members)
        score = verdict.score(findings, supporting, speaking)
        return Verdict(score, supporting, speaking) if score >= verdict.OPEN_AT else None


def _is_due(watch: Watch, seen: Seen) -> bool:
    """Whether a record is worth a look: what repeats a large group, or joins a large campaign, tells little.

    So a flood costs a few looks for each of its records' doublings, not one a record.
    """
    campaign = watch.campaign
    if campaign is not None and life.belongs(campaign, seen):
        return campaign.record_count >= campaign.judged + min(
            _JUDGE_AT_LEAST, campaign.record_count // _JUDGE_AGAIN
        )
    if seen.group < 0:
        return True
    group = watch.window.groups[seen.group]
    if group.count < group.look:
        return False
    group.look = group.count + 1 + len(group.seen) // _LOOK_AGAIN
    return True


def _members(window: ObjectWindow, findings: list[Finding], at: int) -> list[Seen]:
    """The records that the findings at a moment rest on, in event-time order, since their last long pause."""
    members: dict[str, Seen] = {}
    end = at + LATENESS_MS
    for finding in findings:
        for name in finding.groups:
            members.update({s.record: s for s in window.groups[name].seen if finding.since <= s.at <= end})
        if finding.bare is not None:
            members.update(
                {
                    s.record: s
                    for s in window.ring
                    if finding.since <= s.at <= end and s.group < 0 and s.bare == finding.bare
                }
            )
    return life.since_pause(sorted(members.values(), key=lambda seen: (seen.at, seen.record)))
