"""Reaching an engine: what is sent, whom it trusts, and what is said when it cannot be."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.errors import SettingsError, StoreError
from monitor.index.elasticsearch_client import check_version, connect
from tests.testkit.lossy_proxy import Answer, LossyProxy

GREETING = Answer(200, b'{"version":{"number":"9.5.3"},"tagline":"You Know, for Search"}')


@pytest.fixture
def certificate(certificate: Path | None) -> Path:
    """The session's, which vouches for itself and has its key in the same file."""
    if certificate is None:
        pytest.skip("openssl is missing: TLS to the engine is not tested")
    return certificate


@pytest.fixture
def secured(certificate: Path) -> Iterator[LossyProxy]:
    """Something that greets as an engine does, over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with LossyProxy("http://127.0.0.1:1", context) as proxy:
        proxy.refuse = lambda _path: GREETING
        yield proxy


def test_an_engine_is_trusted_by_its_certificate(secured: LossyProxy, certificate: Path) -> None:
    with connect(secured.url, ca_certificates=certificate) as client:
        assert check_version(client, secured.url) == "9.5.3"


def test_an_engine_is_trusted_by_the_fingerprint_of_its_certificate(
    secured: LossyProxy, certificate: Path
) -> None:
    openssl = shutil.which("openssl")
    assert openssl is not None
    said = subprocess.run(
        [openssl, "x509", "-noout", "-fingerprint", "-sha256", "-in", str(certificate)],
        check=True,
        capture_output=True,
        text=True,
    )
    with connect(secured.url, fingerprint=said.stdout.strip().partition("=")[2]) as client:
        assert check_version(client, secured.url) == "9.5.3"


def test_an_engine_that_nobody_vouches_for_is_not_trusted(secured: LossyProxy) -> None:
    with connect(secured.url) as client, pytest.raises(StoreError, match="cannot be trusted"):
        check_version(client, secured.url)


def test_the_api_key_goes_with_the_request() -> None:
    with LossyProxy("http://127.0.0.1:1") as proxy, connect(proxy.url, api_key="a2V5OnNlY3JldA==") as client:
        proxy.refuse = lambda _path: GREETING
        check_version(client, proxy.url)
        assert proxy.authorizations == {"ApiKey a2V5OnNlY3JldA=="}


@pytest.mark.parametrize(
    "url", ["", "engine", "http://", "ftp://engine:9200", "http://engine", f"http://{'a' * 70}:9200"]
)
def test_what_is_no_address_is_refused_with_its_form(url: str) -> None:
    with pytest.raises(SettingsError, match=r"is not the address of an engine; write http\(s\)://HOST:PORT"):
        connect(url)


def test_certificates_for_an_address_without_tls_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not https"):
        connect("http://127.0.0.1:9200", ca_certificates=tmp_path / "ca.pem")


def test_certificates_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"ca\.pem cannot be read \(No such file.*\); give a PEM file"):
        connect("https://127.0.0.1:9200", ca_certificates=tmp_path / "ca.pem")


@pytest.mark.parametrize("content", ["", "not a pem", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_that_holds_no_certificate_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "ca.pem").write_text(content)
    with pytest.raises(SettingsError, match=r"ca\.pem are none that can be read; give a PEM file"):
        connect("https://127.0.0.1:9200", ca_certificates=tmp_path / "ca.pem")


@pytest.mark.parametrize("fingerprint", ["abcd", "zz" * 32, "密" * 64])
def test_what_is_no_fingerprint_is_refused(fingerprint: str) -> None:
    with pytest.raises(SettingsError, match="64 hexadecimal digits"):
        connect("https://127.0.0.1:9200", fingerprint=fingerprint)


@pytest.mark.parametrize("key", ["密钥", "abc\ndef", "two words", "\u00e9"])
def test_what_is_no_api_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(SettingsError, match="give the encoded key") as refused:
        connect("http://127.0.0.1:9200", api_key=key)
    assert key not in str(refused.value)


def test_the_end_of_the_line_is_no_part_of_a_key_from_a_file() -> None:
    with LossyProxy("http://127.0.0.1:1") as proxy, connect(proxy.url, api_key="a2V5\n") as client:
        proxy.refuse = lambda _path: GREETING
        check_version(client, proxy.url)
        assert proxy.authorizations == {"ApiKey a2V5"}


def test_an_engine_without_tls_is_said_to_have_none() -> None:
    with LossyProxy("http://127.0.0.1:1") as proxy:
        url = proxy.url.replace("http://", "https://")
        with connect(url) as client, pytest.raises(StoreError, match="does not speak TLS there"):
            check_version(client, url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match="give an API key") as refused:
        connect("http://elastic:secret@127.0.0.1:9200")
    assert "secret" not in str(refused.value)
