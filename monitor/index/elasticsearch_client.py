"""Reaching Elasticsearch, and saying in a sentence what is wrong when it cannot be used."""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from elastic_transport import ConnectionTimeout, JsonSerializer, TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from monitor.errors import SettingsError, StoreAwayError, StoreError
from monitor.language import message

ENGINE_MAJOR = 9
_WRONG_MAJOR = message(
    "{url} is not Elasticsearch {major}, which this program needs; upgrade the engine, or give the address "
    "of another"
)
_API_KEY = re.compile(r"[!-~]+", re.ASCII)
_FINGERPRINT = re.compile(r"(?:[0-9a-fA-F]{2}:?){32}")
_NO_TLS = ("WRONG_VERSION_NUMBER", "record layer failure", "HTTP_REQUEST")
"""What OpenSSL says of an answer that is plain text."""
_Refusal = tuple[str, dict[str, object]]
"""A sentence of the catalogues and its values."""


class _Json(JsonSerializer):
    """JSON by the codec that the rest of the program uses; about four times quicker than the library's."""

    def json_dumps(self, data: object) -> bytes:
        return msgspec.json.encode(data)

    def json_loads(self, data: bytes) -> object:
        return msgspec.json.decode(data)


class _CompatibleJson(_Json):
    mimetype = "application/vnd.elasticsearch+json"


def connect(
    url: str,
    *,
    api_key: str | None = None,
    ca_certificates: Path | None = None,
    fingerprint: str | None = None,
    timeout_seconds: float = 30.0,
) -> Elasticsearch:
    """A client for the engine at ``url``; nothing is sent yet. Safe to use from several threads.

    ``api_key`` is the encoded key. An https address is checked against ``ca_certificates`` (a PEM file), or
    against the SHA-256 ``fingerprint`` of its certificate, or else against the system's authorities.
    It tries each request once: what to try again is decided by those who know what was asked.

    Raises:
        SettingsError: the URL or the certificates cannot be used.
    """
    # It writes a line for each failed request; ours come once a minute.
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
    if "@" in url:
        raise SettingsError("the engine's address holds a name or password; leave it out and give an API key")
    form = f"{url!a} is not the address of an engine; write http(s)://HOST:PORT"
    if not url.startswith(("http://", "https://")):
        raise SettingsError(form)
    try:
        (urlsplit(url).hostname or "").encode("idna")
    except (ValueError, UnicodeError) as error:
        raise SettingsError(form) from error
    tls: dict[str, str] = {}
    if ca_certificates is not None:
        tls["ca_certs"] = str(ca_certificates)
    if fingerprint is not None:
        tls["ssl_assert_fingerprint"] = fingerprint
    if tls and not url.startswith("https://"):
        raise SettingsError(f"certificates are given, but {url} is not https; change the one or the other")
    if ca_certificates is not None:
        _check_certificates(ca_certificates)
    if fingerprint is not None and not _FINGERPRINT.fullmatch(fingerprint):
        raise SettingsError("the engine's fingerprint is none; give the 64 hexadecimal digits of its SHA-256")
    api_key = api_key.strip() if api_key else None
    if api_key and not _API_KEY.fullmatch(api_key):
        raise SettingsError("the engine's API key is none; give the encoded key: letters, digits, +, / and =")
    json = {kind.mimetype: kind() for kind in (_Json, _CompatibleJson)}
    try:
        return Elasticsearch(
            url,
            api_key=api_key,
            request_timeout=timeout_seconds,
            max_retries=0,
            serializers=json,
            **tls,  # type: ignore[arg-type]
        )
    except (ValueError, TypeError) as error:
        raise SettingsError(f"{form} ({error})") from error


def _check_certificates(path: Path) -> None:
    """Raise ``SettingsError`` where a file holds no certificates."""
    way_out = "give a PEM file of the engine's certificate authority"
    try:
        ssl.create_default_context(cafile=path)
    except (ssl.SSLError, ValueError) as error:
        raise SettingsError(f"the certificates {path} are none that can be read; {way_out}") from error
    except OSError as error:
        raise SettingsError(
            f"the certificates {path} cannot be read ({error.strerror}); {way_out}"
        ) from error


def error_type(error: ApiError) -> str:
    """The engine's own name for what went wrong, or the empty string."""
    return _cause(error)[0]


def _cause(error: ApiError) -> tuple[str, str]:
    body: object = error.body
    inner = body.get("error") if isinstance(body, dict) else None
    if not isinstance(inner, dict):
        return "", ""
    return str(inner.get("type", "")), str(inner.get("reason", ""))


def explain(error: Exception, url: str) -> StoreError:
    """What the operator should know about a failed request, and what to do. Names nothing of the request."""
    sentence, values = _explained(error)
    away = isinstance(error, TransportError) and not isinstance(error, TlsError)
    busy = isinstance(error, ApiError) and (error.meta.status == 429 or error.meta.status >= 500)
    return (StoreAwayError if away or busy else StoreError)(sentence, url=url, **values)


def _explained(error: Exception) -> _Refusal:
    match error:
        case UnsupportedProductError():
            return _WRONG_MAJOR, {"major": ENGINE_MAJOR}
        case TlsError() if any(one in repr(error) for one in _NO_TLS):
            return message(
                "Elasticsearch at {url} does not speak TLS there; write http, or the port that does"
            ), {}
        case TlsError():
            return message(
                "Elasticsearch at {url} cannot be trusted: its certificate does not fit; see to the CA "
                "certificates"
            ), {}
        case ConnectionTimeout():
            return message(
                "Elasticsearch at {url} did not answer in time; see to its load, or raise the timeout"
            ), {}
        case TransportError():
            return message("Elasticsearch at {url} cannot be reached; start it, or correct the address"), {}
        case ApiError():
            return _explain_answer(error)
        case _:
            return message("Elasticsearch at {url} gave an answer that cannot be read ({cause})"), {
                "cause": type(error).__name__
            }


def _explain_answer(error: ApiError) -> _Refusal:
    kind, reason = _cause(error)
    match error.meta.status:
        case 401:
            return message(
                "Elasticsearch at {url} refuses the API key; make a new one and put it into the settings"
            ), {}
        case 403 if "security" in kind:
            return message("the API key for Elasticsearch at {url} lacks a right ({cause}); give it one"), {
                "cause": reason
            }
        case 400 if "media_type" in kind:
            return _WRONG_MAJOR, {"major": ENGINE_MAJOR}
        case 429:
            return message(
                "Elasticsearch at {url} is overloaded or its disk is full; see to its load and space"
            ), {}
        case status:
            return message("Elasticsearch at {url} answered {status} ({cause}); its log says more"), {
                "status": status,
                "cause": kind or "no cause given",
            }


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn failures of requests inside into a ``StoreError`` that names the engine and the way out."""
    try:
        yield
    except (ApiError, TransportError, msgspec.ValidationError) as error:
        raise explain(error, url) from error


class _Version(msgspec.Struct):
    number: str


class _Greeting(msgspec.Struct):
    version: _Version


def check_version(client: Elasticsearch, url: str) -> str:
    """The engine's version. Raises ``StoreError`` when it cannot be reached or is of another major."""
    with explained(url):
        version = msgspec.convert(client.info().body, _Greeting).version.number
    if version.partition(".")[0] != str(ENGINE_MAJOR):
        raise StoreError(
            message(
                "{url} is Elasticsearch {version}: it is not Elasticsearch {major}, which this program "
                "needs; upgrade the engine, or give the address of another"
            ),
            url=url,
            version=version,
            major=ENGINE_MAJOR,
        )
    return version
