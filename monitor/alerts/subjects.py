"""Which watchlist a campaign is about."""

from __future__ import annotations

from collections import Counter

from monitor.campaigns.port import CampaignRevision
from monitor.opinion.figures import EVERYTHING
from monitor.scoring.watchlists import WatchlistMatcher


class CampaignSubject:
    """Says it by what the campaign writes: its example texts and the hashtags it is on.

    Detection itself knows no watchlists. A campaign of empty reposts has no text to go by: it is about
    ``all``, as one whose words no watchlist knows.
    """

    def __init__(self, matcher: WatchlistMatcher) -> None:
        self._matcher = matcher

    def __call__(self, campaign: CampaignRevision) -> str:
        """The watchlist that most of the texts match; of equals the first of the file."""
        tags = [f"{target}#" for target in campaign.targets if target.startswith("#")]
        matched: Counter[str] = Counter()
        for text in (*campaign.examples, *tags):
            matched.update(self._matcher.match(text))
        return max(self._matcher.names, key=matched.__getitem__) if matched else EVERYTHING
