"""The one tree of exceptions.

::

    MonitorError                    exit code 2: the message names the thing, the value and the way out
    ├── SettingsError               a setting, watchlist or rule file cannot be used
    ├── SourceError                 an input cannot be opened or read
    ├── QueryError                  a search or look-up was asked for wrongly
    │   └── CursorError                  with a cursor that is not ours, or of another query
    ├── StoreError                  the data directory or index cannot be used
    │   ├── StoreBusyError               another process works on the same data directory
    │   ├── StoreFullError               no space left for the data directory
    │   ├── StoreAwayError               the engine does not answer, or cannot right now
    │   └── StoreVersionError       written by a newer program
    ├── LanguageError               a message or a catalogue of messages is missing or cannot be used
    ├── AccessError                 the console refuses an account what it asks
    ├── SnapshotVersionError        what a worker remembers was written by another version
    ├── BrokerError                 Kafka cannot be reached, or its topics are not as they must be
    │   ├── BrokerAwayError              it does not answer
    │   └── InstanceTakenError           another worker goes by the same name
    ├── ModelError                  a scoring model cannot be loaded
    └── PortInUseError                   an address to listen on is taken

``RejectedRecord`` (``monitor.records``) is a value, not an exception of this tree: bad input is expected.
"""

from collections.abc import Mapping


class MonitorError(Exception):
    """Something the operator can mend; the message says what, which value, and how.

    ``key`` is the English sentence; names in braces in it are filled in from ``values``. Where it is marked
    by ``monitor.language.message``, the catalogues have it in every language.
    """

    exit_code = 2
    passes = False
    """Whether it may be otherwise a moment later, without anyone mending anything here."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key.format(**values) if values else key)
        self.key = key
        self.values: Mapping[str, object] = values


class SettingsError(MonitorError):
    """A setting, watchlist or rule file has an unknown key, a wrong type or a value that is not allowed."""


class SourceError(MonitorError):
    """An input file or address cannot be opened, or breaks off while being read."""


class QueryError(MonitorError):
    """A query names an unknown field, a bad time, or a value out of bounds."""


class CursorError(QueryError):
    """A cursor is damaged, made up, or of another query."""


class StoreError(MonitorError):
    """The data directory or index cannot be used."""


class StoreBusyError(StoreError):
    """Another process holds the data directory."""


class StoreFullError(StoreError):
    """The disk below the data directory is full; what was committed stays."""


class StoreAwayError(StoreError):
    """The engine does not answer, or is not able to right now."""

    passes = True


class StoppedError(StoreError):
    """The program ends while it waits for the engine; what was in hand comes again."""


class StoreVersionError(StoreError):
    """The data directory was written by a newer version of this program."""


class BrokerError(MonitorError):
    """Kafka cannot be reached, or its topics are missing or differ from the settings."""


class BrokerAwayError(BrokerError):
    """Kafka does not answer."""

    passes = True


class InstanceTakenError(BrokerError):
    """Another worker has taken this one's place in its group: both have the same name."""

    def __init__(self, instance: str, group: str) -> None:
        super().__init__(
            f"another worker has taken the place of {instance} in the group {group}: two of one name would "
            "take it from each other for ever; give each worker of a role an --instance of its own"
        )


class ModelError(MonitorError):
    """A scoring model is unknown, damaged or cannot be loaded."""


class PortInUseError(MonitorError):
    """The address to listen on is taken by another process."""


class SnapshotVersionError(MonitorError):
    """What a worker is to go on with was written by another version of this program."""

    def __init__(self, what: str, reason: Exception) -> None:
        super().__init__(
            f"{what} was written by another version of this program ({reason}); let that version finish what "
            "waits, or begin anew with another data directory, or another kafka.prefix as docs/operations.md "
            "says under Scale"
        )


class LanguageError(MonitorError):
    """A catalogue cannot be read, or lacks a message."""


class AccessError(MonitorError):
    """An account of the console is unknown, must not do what was asked, or cannot be changed so."""
