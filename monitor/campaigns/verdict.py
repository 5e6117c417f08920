"""From signals for and against to one score.

The main signals say the same thing in different ways, so the strongest counts most: a noisy-or. Each
supporting and each counter-signal then moves the log-odds by its value times its weight. Few parameters,
all here:

- supporting signals together add at most ``_MOST_SUPPORT``: they can never open a campaign alone;
- counter-signals weigh by how completely they explain equal words without an organiser. A share button
  writes the text itself; a contest or greeting asks for it; a crowd that sings along under a hashtag, or
  readers with one question, bring it with them; a slogan or hashtag invites it; quoting, a first wave, a call
  to repost and breaking news only make it likelier. Six takes back all that the main signals can say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from monitor.campaigns.signals.finding import Finding

OPEN_AT = 0.5
_CEILING = 0.99
_MOST_SUPPORT = 1.0
_SLACK = 1e-6
"""More than sums of odds are rounded by."""
SUPPORT_WEIGHTS = {"rhythm": 0.6, "rush": 0.3, "one_client": 0.4, "alike_accounts": 0.6}
AGAINST_WEIGHTS = {
    "share_button": 6.0,
    "contest": 6.0,
    "greeting": 6.0,
    "fans_with_a_hashtag": 5.0,
    "slogan_or_lyrics": 3.5,
    "quoting_root": 1.0,
    "first_wave": 1.2,
    "call_to_repost": 1.0,
    "breaking_news": 0.5,
    "crowd_under_hashtag": 6.0,
    "same_question": 5.0,
    "regular_readers": 1.0,
}


def score(main: Iterable[Finding], support: Iterable[Finding], against: Iterable[Finding]) -> float:
    """How likely this is a campaign, in [0, 1]."""
    odds = odds_for(main, support) - _odds_against(against)
    return 1.0 / (1.0 + math.exp(-odds))


def may_open(main: Iterable[Finding], against: Iterable[Finding]) -> bool:
    """Whether any support could lift the score to ``OPEN_AT``, which is at even odds."""
    return odds_for(main, ()) + _MOST_SUPPORT - _odds_against(against) > -_SLACK


def _odds_against(against: Iterable[Finding]) -> float:
    return sum(AGAINST_WEIGHTS[one.name] * one.value for one in against)


def odds_for(main: Iterable[Finding], support: Iterable[Finding]) -> float:
    """Log-odds by what speaks for a campaign: a noisy-or of the main signals, and a little support."""
    doubt = 1.0
    for finding in main:
        doubt *= 1.0 - finding.value
    likely = min(_CEILING, max(1.0 - _CEILING, 1.0 - doubt))
    supported = sum(SUPPORT_WEIGHTS[one.name] * one.value for one in support)
    return math.log(likely / (1.0 - likely)) + min(_MOST_SUPPORT, supported)
