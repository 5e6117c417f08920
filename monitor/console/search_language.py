"""The search language: what staff type into the one box, read into a condition.

Words must all be found; ``"…"`` is a phrase; ``AND``, ``OR``, ``NOT`` (capitals only: small ones are words)
and parentheses join; ``NOT`` binds before ``AND``, ``AND`` before ``OR``. ``field:value`` asks a field;
fields have English and Chinese names, and closed fields values in both; watchlists and platforms go by their
titles, too. ``monitor.console.search_quotes`` has quotation marks and full-width punctuation;
``docs/console.md`` is the reference for users.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken, VisitError

from monitor.console.search_quotes import PHRASE, narrowed, quoted, quoted_where_needed, unquoted
from monitor.console.search_words import (
    ALL_WATCHLISTS,
    FIELD_NAMES,
    KNOWN_VALUES,
    PLATFORM_NAMES,
    VALUE_NAMES,
    AskedField,
)
from monitor.errors import QueryError
from monitor.index.conditions import (
    DEEPEST,
    MOST_LEAVES,
    AllOf,
    AnyOf,
    Condition,
    ConditionField,
    Has,
    Not,
    Within,
    Words,
    leaves,
    phrases_of,
)
from monitor.index.words import MAX_SEARCH_CHARACTERS
from monitor.language import Catalogue, catalogue, message

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CUT_PSEUDONYM = re.compile(r"(?:[a-z0-9_]+:)?u[0-9a-f]{5,19}")
Titles = Mapping[str, str]
"""Names of watchlists by what people call them (in small letters)."""
NO_TITLES: Titles = {}
YEARS = range(1970, 2201)
"""Of which times can be asked for."""

_EARLIEST, _LATEST = (
    round(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000) - shift
    for year, shift in ((YEARS[0], 86_400_000), (YEARS[-1] + 1, 0))
)
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_GRAMMAR = r"""
?start: any_of
?any_of: all_of (OR all_of)*        -> any_of
?all_of: single (AND? single)*      -> all_of
?single: NOT single                 -> negated
       | "(" any_of ")"             -> group
       | FIELD value                -> field
       | PHRASE                     -> phrase
       | WORD                       -> word
value: PHRASE | WORD
AND.3: /AND(?=[\s()"]|$)/
OR.3: /OR(?=[\s()"]|$)/
NOT.3: /NOT(?=[\s()"]|$)/
FIELD.2: /(?:[A-Za-z_]+|%s):(?!\/\/)/
PHRASE: /%s/
WORD: /(?!(?:AND|OR|NOT)(?=[\s()"]|$))[^\s()"]+/
%%ignore /\s+/
"""


class SearchSyntaxError(QueryError):
    """The text is not of the language: where (``column``, from 1), and what to do.

    ``sentence(catalogue)`` says it in a language; ``str()`` in English.
    """

    def __init__(self, key: str, column: int, **values: str) -> None:
        sentence = catalogue("en").text(
            "column {column}: {problem}", column=column, problem=key.format(**values)
        )
        super().__init__(sentence)
        self.key = key
        self.column = column
        self.values = values

    def sentence(self, words: Catalogue) -> str:
        """The error as a sentence."""
        return words.text("column {column}: {problem}", column=self.column, problem=self.problem(words))

    def problem(self, words: Catalogue) -> str:
        """The error without its place."""
        return words.text(self.key, **self.values)


def parse(text: str, zone: tzinfo, titles: Titles = NO_TITLES) -> Condition | None:
    """What a text asks; None for a text of nothing. Dates without an offset are in ``zone``; watchlists may
    be called by their ``titles``.

    Raises:
        SearchSyntaxError: for any text that is not of the language; nothing else is raised.
    """
    if len(text) > MAX_SEARCH_CHARACTERS:
        raise SearchSyntaxError(
            message("the search has more than {most} characters; search for a part of it"),
            MAX_SEARCH_CHARACTERS + 1,
            most=str(MAX_SEARCH_CHARACTERS),
        )
    narrow, bare = narrowed("".join(" " if one < " " or one == "\x7f" else one for one in text))
    _check_characters(narrow, bare)
    if not narrow.strip():
        return None
    try:
        tree = _lark().parse(narrow)
        found = _Builder(zone, titles).transform(tree)
    except VisitError as error:
        if isinstance(error.orig_exc, SearchSyntaxError):
            raise error.orig_exc from None
        raise
    except UnexpectedInput as error:
        raise _explained(error, bare) from None
    condition = cast("Condition", found)
    _check_size(condition, len(text))
    return condition


def _check_characters(text: str, bare: str) -> None:
    """Refuse what could not be sent on, and nesting that no reader could follow, quoted stretches aside."""
    for column, character in enumerate(text, 1):
        if "\ud800" <= character <= "\udfff":
            raise SearchSyntaxError(message("this is not a character; type it anew"), column)
    depth = 0
    for column, character in enumerate(bare, 1):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth > DEEPEST:
            raise SearchSyntaxError(message("too many parentheses inside each other; take some out"), column)
    if len(re.findall(r"\bNOT\b", bare)) > DEEPEST:
        raise SearchSyntaxError(message("too many NOT; take some out"), bare.rfind("NOT") + 1)


def _check_size(condition: Condition, end: int) -> None:
    found = list(leaves(condition))
    if len(found) > MOST_LEAVES or max(depth for _, depth in found) > DEEPEST:
        raise SearchSyntaxError(message("the search has too many parts; search for fewer at once"), end)


@cache
def _lark() -> Lark:
    chinese = sorted((name for name in FIELD_NAMES if not name.isascii()), key=len, reverse=True)
    return Lark(
        _GRAMMAR % ("|".join(chinese), PHRASE), parser="lalr", lexer="contextual", propagate_positions=False
    )


def _explained(error: UnexpectedInput, text: str) -> SearchSyntaxError:
    if isinstance(error, UnexpectedCharacters):
        return SearchSyntaxError(
            message("this quotation mark is not closed; close it, or take it out"), error.column
        )
    token = error.token if isinstance(error, UnexpectedToken) else Token("$END", "")
    if token.type == "$END" or isinstance(error, UnexpectedEOF):
        opened = _unclosed(text)
        if opened is not None:
            return SearchSyntaxError(
                message("this parenthesis is not closed; close it, or take it out"), opened
            )
        return SearchSyntaxError(
            message("something is missing at the end; add a word, or take the last part out"), len(text) + 1
        )
    column = token.column or 1
    if token.type == "RPAR":
        return SearchSyntaxError(
            message("nothing stands before this parenthesis that it could close; take it out"), column
        )
    return SearchSyntaxError(
        message("{word} cannot stand here; to search for it as a word, put it in quotation marks"),
        column,
        word=str(token),
    )


def _unclosed(text: str) -> int | None:
    """The column of the last parenthesis that is not closed."""
    opened: list[int] = []
    for column, character in enumerate(text, 1):
        if character == "(":
            opened.append(column)
        elif character == ")" and opened:
            opened.pop()
    return opened[-1] if opened else None


class _Builder(Transformer[Token, object]):
    """From the parse tree to a condition."""

    def __init__(self, zone: tzinfo, titles: Titles) -> None:
        super().__init__(visit_tokens=False)
        self._zone = zone
        self._titles = titles

    def any_of(self, parts: list[object]) -> Condition:
        """Parts between OR."""
        return _joined(AnyOf, parts)

    def all_of(self, parts: list[object]) -> Condition:
        """Parts one after the other, with or without AND."""
        return _joined(AllOf, parts)

    def negated(self, parts: list[object]) -> Condition:
        """NOT and what follows."""
        return Not(_conditions(parts)[0])

    def group(self, parts: list[object]) -> Condition:
        """Parentheses."""
        return _conditions(parts)[0]

    def word(self, parts: list[Token]) -> Condition:
        """A word on its own."""
        return _searchable(Words(str(parts[0])), parts[0])

    def phrase(self, parts: list[Token]) -> Condition:
        """Words in quotation marks."""
        return _searchable(Words(" ".join(unquoted(parts[0]).split()), phrase=True), parts[0])

    def value(self, parts: list[Token]) -> Token:
        """The value of a field."""
        token = parts[0]
        return token.update(value=unquoted(token).strip()) if token.type == "PHRASE" else token

    def field(self, parts: list[Token]) -> Condition:
        """A field and its value."""
        name, value = parts
        asked = FIELD_NAMES.get(name[:-1].lower())
        if asked is None:
            raise SearchSyntaxError(
                message(
                    "there is no field {name}; fields are {fields}. To search for it as a word, put it in "
                    "quotation marks"
                ),
                _column(name),
                name=str(name[:-1]),
                fields=", ".join(dict.fromkeys(FIELD_NAMES.values())),
            )
        if not value:
            raise SearchSyntaxError(
                message("the value of {field} is empty; write one after the colon"),
                _column(value),
                field=asked,
            )
        return self._asked(asked, value)

    def _asked(self, field: AskedField, value: Token) -> Condition:
        if field == "after":
            return Within(after=_moment(value, self._zone))
        if field == "before":
            return Within(before=_moment(value, self._zone))
        match field:
            case "watchlist":
                return Has(field, _named(field, value, {**ALL_WATCHLISTS, **self._titles}))
            case "platform":
                return Has(field, _named(field, value, PLATFORM_NAMES))
            case "author":
                return Has(field, _whole(value))
            case _:
                return Has(field, _checked(field, value))


def _conditions(parts: list[object]) -> list[Condition]:
    return [cast("Condition", part) for part in parts if not isinstance(part, Token)]


def _joined(kind: type[AllOf] | type[AnyOf], parts: list[object]) -> Condition:
    conditions = _conditions(parts)
    return conditions[0] if len(conditions) == 1 else kind(tuple(conditions))


def _column(token: Token) -> int:
    return token.column or 1


def _searchable(words: Words, token: Token) -> Words:
    if not phrases_of(words):
        raise SearchSyntaxError(
            message("{word} has no letter or digit to search for; take it out"),
            _column(token),
            word=str(token),
        )
    return words


def _named(field: ConditionField, value: Token, names: Mapping[str, str]) -> str:
    """What is stored under a title. A name that is not known may be one of before, and stays as it is."""
    found = names.get(value.casefold())
    if found is None and not _NAME.fullmatch(value):
        raise SearchSyntaxError(
            message("{field} cannot be {value}; it is one of {known}"),
            _column(value),
            field=field,
            value=str(value),
            known=", ".join(dict.fromkeys(names.values())),
        )
    return found or str(value)


def _whole(value: Token) -> str:
    """A pseudonym; pages show the beginnings of some, which find nobody."""
    if _CUT_PSEUDONYM.fullmatch(value):
        raise SearchSyntaxError(
            message(
                "{value} is the beginning of a pseudonym, which finds nobody; follow the link of the person "
                "on a record or a campaign"
            ),
            _column(value),
            value=str(value),
        )
    return str(value)


def _checked(field: ConditionField, value: Token) -> str:
    known = KNOWN_VALUES.get(field)
    if known is None:
        return str(value)
    found = VALUE_NAMES[field].get(value.lower())
    if found is None:
        raise SearchSyntaxError(
            message("{field} cannot be {value}; it is one of {known}"),
            _column(value),
            field=field,
            value=str(value),
            known=", ".join(known),
        )
    return found


def _moment(value: Token, zone: tzinfo) -> int:
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        moment = datetime.min  # noqa: DTZ901  # stands for no time at all, refused below
    if moment.year not in YEARS:
        raise SearchSyntaxError(
            message("{value} is not a time; write 2011-12-05 or 2011-12-05T14:00"),
            _column(value),
            value=str(value),
        )
    return round((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1000)


def check_bounds(after: int | None, before: int | None) -> None:
    """Refuse bounds (milliseconds) that no time can be shown for, or between which nothing lies.

    Raises:
        QueryError: one lies outside of ``YEARS``, or the later one comes first.
    """
    for name, moment in (("after", after), ("before", before)):
        if moment is not None and not _EARLIEST <= moment < _LATEST:
            raise QueryError(
                message("{name} is {value}; give milliseconds since the epoch"), name=name, value=moment
            )
    if after is not None and before is not None and after >= before:
        raise QueryError(message("nothing lies between after and before; exchange them"))


def render(condition: Condition | None, zone: tzinfo) -> str:
    """A condition as its user would have typed it: ``parse(render(x)) == x`` for whatever ``parse`` gave."""
    return "" if condition is None else _rendered(condition, zone, inside=False)


def _rendered(condition: Condition, zone: tzinfo, *, inside: bool) -> str:
    match condition:
        case Words(text, phrase):
            return quoted(text) if phrase else text
        case Has(field, value):
            return f"{field}:{_quoted(value)}"
        case Within(after, before):
            bounds = [("after", after), ("before", before)]
            return " ".join(f"{name}:{_written(bound, zone)}" for name, bound in bounds if bound is not None)
        case Not(part):
            return f"NOT {_rendered(part, zone, inside=True)}"
        case AllOf(parts) | AnyOf(parts):
            joint = " OR " if isinstance(condition, AnyOf) else " "
            text = joint.join(_rendered(part, zone, inside=True) for part in parts)
            return f"({text})" if inside else text


def _quoted(value: str) -> str:
    return quoted(value) if value in _OPERATORS else quoted_where_needed(value)


def _written(milliseconds: int, zone: tzinfo) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, zone)
    if moment.time() == datetime.min.time():
        return moment.date().isoformat()
    return moment.isoformat(timespec="milliseconds" if milliseconds % 1000 else "seconds")
