"""Alertmanager's configuration, made from the settings: who is woken for what, and what is held back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

import yaml

from monitor.campaigns.port import LEVELS
from monitor.language import LANGUAGES
from monitor.relay.alertmanager_mail import Mails, Titles, Tree
from monitor.relay.directory import ChannelEntry, Directory, QuietEntry, TeamEntry, Weekday
from monitor.settings import NotificationsSettings

_DAYS = get_args(Weekday)
_NEXT_DAY = dict(zip(_DAYS, (*_DAYS[1:], _DAYS[0]), strict=True))
_OPERATIONS_MAIL = "operations-mail"
_HEAD = """\
# Made by `opinion-monitor alertmanager-config`; edit config/channels.toml and [notifications] instead.
"""


def alertmanager_config(
    settings: NotificationsSettings,
    directory: Directory,
    timezone: str,
    titles: Titles,
    platforms: Sequence[str],
) -> str:
    """The file's content; ``titles`` are those of all watchlists, ``platforms`` those of the settings.

    The relay is woken again every minute while something goes on, and tells only what it has not told: so
    an alert whose figures came late, or another incident of the same rule, is never missed. Mail comes from
    Alertmanager itself and is repeated twice a day; operators have it even when the relay is down.
    """
    mails = {entry.name: entry for entry in directory.channel if entry.kind == "mail"}
    tree: Tree = {}
    if settings.mail_server:
        tree["global"] = _mail_server(settings)
    tree |= {
        "route": _route(settings, directory, mails, sorted(titles)),
        "inhibit_rules": list(_inhibitions()),
        "time_intervals": [
            _interval(number, quiet, timezone) for number, quiet in enumerate(directory.quiet, start=1)
        ],
        "receivers": [
            _relay_receiver("signs-of-life", settings, "signs"),
            *(_relay_receiver(f"relay-{team.name}", settings, team.name) for team in directory.team),
            *_mail_receivers(settings, directory, mails, titles, platforms),
        ],
    }
    return _HEAD + yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=110)


def _route(
    settings: NotificationsSettings,
    directory: Directory,
    mails: dict[str, ChannelEntry],
    known: Sequence[str],
) -> Tree:
    own = sorted({name for team in directory.team for name in team.watchlists})
    routes: list[Tree] = [
        {
            "matchers": ['kind=~"^(?:heartbeat|calm)$"'],
            "receiver": "signs-of-life",
            "group_by": ["alertname"],
            "group_wait": "1s",
            "group_interval": "1m",
            "repeat_interval": "1m",
        }
    ]
    for team in directory.team:
        of_team = _watchlists(team, own, known)
        matchers = ['kind="opinion"', *of_team]
        routes.append(_branch(f"relay-{team.name}", matchers, ["watchlist"], directory.quiet))
        if team is directory.operators:
            routes.append(_branch(f"relay-{team.name}", ['kind="operations"'], ["alertname"], ()))
        if settings.mail_server and _has_mail(team, mails):
            branch = _branch(f"mail-{team.name}", matchers, ["watchlist"], directory.quiet)
            routes.append(branch | {"repeat_interval": "12h"})
            if team is directory.operators:
                branch = _branch(_OPERATIONS_MAIL, ['kind="operations"'], ["alertname"], ())
                routes.append(branch | {"repeat_interval": "12h"})
    return {
        "receiver": f"relay-{directory.rest.name}",
        "group_by": ["watchlist"],
        "group_wait": f"{settings.group_seconds}s",
        "group_interval": f"{max(1, min(30, settings.group_seconds))}s",
        "repeat_interval": "1m",
        "routes": routes,
    }


def _watchlists(team: TeamEntry, own: Sequence[str], known: Sequence[str]) -> list[str]:
    if team.watchlists:
        # Named by all others means by nobody: every alternative is one of the settings.
        return [f'watchlist=~"^(?:{"|".join(sorted(set(team.watchlists) & set(known)))})$"']
    return [f'watchlist!~"^(?:{"|".join(own)})$"'] if own else []


def _branch(
    receiver: str, matchers: Sequence[str], group_by: Sequence[str], quiet: Sequence[QuietEntry]
) -> Tree:
    branch: Tree = {
        "matchers": list(matchers),
        "receiver": receiver,
        "group_by": list(group_by),
        "continue": True,
    }
    children: list[Tree] = []
    for level in LEVELS:
        names = [_interval_name(number) for number, one in enumerate(quiet, start=1) if level in one.levels]
        if names:
            children.append(
                {"matchers": [f'level="{level}"'], "receiver": receiver, "mute_time_intervals": names}
            )
    return branch | {"routes": children} if children else branch


def _inhibitions() -> Iterator[Tree]:
    """A graver level hides the milder ones of the same rule and place; what makes blind hides calm."""
    for number, level in enumerate(LEVELS[1:], start=1):
        yield {
            "source_matchers": ['kind="opinion"', f'level="{level}"'],
            "target_matchers": ['kind="opinion"', f'level=~"^(?:{"|".join(LEVELS[:number])})$"'],
            "equal": ["rule", "watchlist", "platform"],
        }
    yield {
        "source_matchers": ['kind="operations"', 'blind="yes"'],
        "target_matchers": ['kind="calm"'],
    }


def _interval_name(number: int) -> str:
    return f"quiet-{number}"


def _interval(number: int, quiet: QuietEntry, timezone: str) -> Tree:
    """Quiet hours; what lies beyond midnight is on the day after each of its weekdays."""
    if quiet.start < quiet.end:
        spans = [_span(quiet.start, quiet.end, quiet.weekdays, timezone)]
    else:
        spans = [_span(quiet.start, "24:00", quiet.weekdays, timezone)]
        if quiet.end != "00:00":
            spans.append(_span("00:00", quiet.end, [_NEXT_DAY[one] for one in quiet.weekdays], timezone))
    return {"name": _interval_name(number), "time_intervals": spans}


def _span(start: str, end: str, weekdays: Sequence[str], timezone: str) -> Tree:
    span: Tree = {"times": [{"start_time": start, "end_time": end}], "location": timezone}
    return span | {"weekdays": list(weekdays)} if weekdays else span


def _relay_receiver(name: str, settings: NotificationsSettings, path: str) -> Tree:
    webhook = {
        "url": f"{settings.relay_url}/v1/alerts/{path}",
        "send_resolved": True,
        "http_config": {
            "authorization": {"type": "Bearer", "credentials_file": settings.token_file},
            "follow_redirects": False,
        },
    }
    return {"name": name, "webhook_configs": [webhook]}


def _has_mail(team: TeamEntry, mails: dict[str, ChannelEntry]) -> bool:
    return any(name in mails for name in team.channels)


def _mail_receivers(
    settings: NotificationsSettings,
    directory: Directory,
    mails: dict[str, ChannelEntry],
    titles: Titles,
    platforms: Sequence[str],
) -> Iterator[Tree]:
    if not settings.mail_server:
        return
    written = {language: Mails(language, titles, platforms, settings.console_url) for language in LANGUAGES}
    for team in directory.team:
        entries = [mails[name] for name in team.channels if name in mails]
        if not entries:
            continue
        opinion = [written[one.language].about_opinion(one.to) for one in entries]
        yield {"name": f"mail-{team.name}", "email_configs": opinion}
        if team is directory.operators:
            operations = [written[one.language].about_operations(one.to) for one in entries]
            yield {"name": _OPERATIONS_MAIL, "email_configs": operations}


def _mail_server(settings: NotificationsSettings) -> Tree:
    server: Tree = {
        "smtp_smarthost": settings.mail_server,
        "smtp_from": settings.mail_sender,
        "smtp_require_tls": settings.mail_starttls,
    }
    if settings.mail_user:
        server["smtp_auth_username"] = settings.mail_user
        server["smtp_auth_password_file"] = settings.mail_password_file
    return server
