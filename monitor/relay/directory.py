"""``config/channels.toml``: channels, teams and quiet hours, read and checked."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from monitor.campaigns.port import Level
from monitor.composition import watchlists_of
from monitor.errors import SettingsError
from monitor.language import Language
from monitor.opinion.figures import EVERYTHING
from monitor.relay.directory_errors import explained
from monitor.relay.targets import Network
from monitor.settings import LoadedSettings
from monitor.toml_file import read_toml

ChannelKind = Literal["dingtalk", "wecom", "feishu", "webhook", "mail"]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
SIGNS = "signs"
"""The name that Alertmanager sends signs of life to, where others are teams."""
SIGNED = frozenset({"dingtalk", "feishu", "webhook"})
"""Kinds whose messages are signed, where there is a secret."""
_Named = TypeVar("_Named", "ChannelEntry", "TeamEntry")


class ChannelEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One channel; ``url`` and ``secret`` are secrets, in place or in a file."""

    name: Name
    kind: ChannelKind
    url: str = ""
    url_file: str = ""
    secret: str = ""
    secret_file: str = ""
    language: Language = "zh"
    plain: bool = False
    to: tuple[str, ...] = ()
    alive: bool = True


class TeamEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who hears of which watchlists; without any, of what is no other team's."""

    name: Name
    watchlists: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    operations: bool = False


class QuietEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When some levels are not sent; ``end`` before ``start`` is on the next day. No weekdays: every day.

    ``weekdays`` are those on which it begins.
    """

    levels: Annotated[tuple[Level, ...], msgspec.Meta(min_length=1)]
    start: Clock
    end: Clock
    weekdays: tuple[Weekday, ...] = ()


class Directory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    channel: tuple[ChannelEntry, ...] = ()
    team: tuple[TeamEntry, ...] = ()
    quiet: tuple[QuietEntry, ...] = ()

    @property
    def rest(self) -> TeamEntry:
        """The team that hears of what is no other team's."""
        return next(team for team in self.team if not team.watchlists)

    @property
    def operators(self) -> TeamEntry:
        """The team that hears how the pipeline is."""
        return next((team for team in self.team if team.operations), self.rest)


def load_directory(path: Path, watchlists: frozenset[str]) -> Directory:
    """Read the file; secrets that lie in files of their own are read in.

    Raises:
        SettingsError: names file, entry and the way out; never a secret.
    """
    tree = read_toml(path, "the channels")
    try:
        directory = msgspec.convert(tree, Directory)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {explained(tree, str(error))}") from error
    channels = tuple(_with_secrets(path, entry) for entry in directory.channel)
    _check_names(path, directory.channel)
    _check_addresses(path, channels)
    _check_names(path, directory.team)
    _check_teams(path, directory, watchlists)
    return msgspec.structs.replace(directory, channel=channels)


def networks_of(written: tuple[str, ...]) -> tuple[Network, ...]:
    """Networks as the settings write them; raises ``SettingsError``."""
    found = []
    for text in written:
        try:
            found.append(ipaddress.ip_network(text))
        except ValueError as error:
            raise SettingsError(
                f"notifications.allowed_networks: {text!r} is no network ({error}); write {_meant(text)}"
            ) from error
    return tuple(found)


def _meant(text: str) -> str:
    """The network that an address with a length lies in; else an example."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return "10.20.0.0/16"


def _with_secrets(path: Path, entry: ChannelEntry) -> ChannelEntry:
    place = f"{path}: channel {entry.name}"
    url = _secret(path, place, "url", entry.url, entry.url_file)
    secret = _secret(path, place, "secret", entry.secret, entry.secret_file)
    if entry.kind == "mail":
        if not entry.to:
            raise SettingsError(f"{place}: mail needs `to`, a list of addresses")
    else:
        _check_url(place, url)
    if secret and entry.kind not in SIGNED:
        raise SettingsError(f"{place}: {entry.kind} is not signed; take `secret` out")
    return msgspec.structs.replace(entry, url=url, secret=secret)


def _secret(path: Path, place: str, key: str, value: str, file: str) -> str:
    if value and file:
        raise SettingsError(f"{place}: give {key} or {key}_file, not both")
    if not file:
        return value
    try:
        return (path.parent / file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{place}: {key}_file cannot be read ({error})") from error


def _check_url(place: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{place}: url must be http(s)://HOST… (or url_file a file that holds it)")


def _check_names(path: Path, entries: tuple[_Named, ...]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.name in seen:
            raise SettingsError(f"{path}: {entry.name!r} is there twice; names are unique")
        seen.add(entry.name)


def _check_addresses(path: Path, channels: tuple[ChannelEntry, ...]) -> None:
    """One robot is one channel: its rate limit counts what both would send."""
    known: dict[str, str] = {}
    for entry in channels:
        if entry.url and entry.url in known:
            raise SettingsError(
                f"{path}: channels {known[entry.url]} and {entry.name} have the same url; a robot takes "
                "so many messages a minute from both together: name it once, in every team that hears it"
            )
        known[entry.url] = entry.name


def _check_teams(path: Path, directory: Directory, watchlists: frozenset[str]) -> None:
    channels = {entry.name for entry in directory.channel}
    for team in directory.team:
        if team.name == SIGNS:
            raise SettingsError(f"{path}: team {SIGNS}: signs of life have this name; give it another")
        for name in team.channels:
            if name not in channels:
                raise SettingsError(
                    f"{path}: team {team.name}: no channel {name!r}; known: {', '.join(sorted(channels))}"
                )
        for name in team.watchlists:
            if name not in watchlists:
                raise SettingsError(
                    f"{path}: team {team.name}: no watchlist {name!r}; known: {', '.join(sorted(watchlists))}"
                )
    if sum(not team.watchlists for team in directory.team) != 1:
        raise SettingsError(
            f"{path}: exactly one team has no watchlists: it hears of everything that is no other team's"
        )
    for quiet in directory.quiet:
        if quiet.start == quiet.end != "00:00":
            raise SettingsError(
                f"{path}: a quiet time starts and ends at {quiet.start}; for whole days write 00:00 to 00:00"
            )
    if sum(team.operations for team in directory.team) > 1:
        raise SettingsError(f"{path}: at most one team has operations = true")


def directory_of(settings: LoadedSettings) -> Directory:
    """Channels and teams of the settings; raises ``SettingsError``, also for networks that are none."""
    chosen = settings.settings.notifications
    networks_of(chosen.allowed_networks)
    known = frozenset(watchlist.name for watchlist in watchlists_of(settings))
    return load_directory(settings.file(chosen.channels), known)


def heard_directory_of(settings: LoadedSettings) -> Directory:
    """The same, to tell alerts by.

    Raises:
        SettingsError: or a team hears by mail only, and there is no server for mail.
    """
    directory = directory_of(settings)
    chosen = settings.settings.notifications
    mails = {entry.name for entry in directory.channel if entry.kind == "mail"}
    for team in directory.team:
        if team.channels and mails.issuperset(team.channels) and not chosen.mail_server:
            raise SettingsError(
                f"{settings.file(chosen.channels)}: team {team.name} hears by mail only "
                f"({', '.join(team.channels)}), and there is no notifications.mail_server: nobody would hear "
                "of its alerts; set it to HOST:PORT, or give the team another channel"
            )
    return directory


def titles_of(settings: LoadedSettings) -> dict[str, tuple[str, str]]:
    """The titles of watchlists, Chinese and English."""
    titles = {one.name: (one.title_zh, one.title_en) for one in watchlists_of(settings)}
    return {EVERYTHING: ("全部话题", "All subjects"), **titles}
