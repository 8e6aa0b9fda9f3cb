"""Form posts: to whom secrets are sent, and to whom never."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
from channels.answers import say
from channels.authorization_server import AuthorizationServer

from mailgate.channels.forms import ReplyError, checked_url, post_form
from mailgate.errors import ConfigurationError

FORM = {"grant_type": "refresh_token", "refresh_token": "secret"}


def test_a_port_where_nobody_listens_is_an_error_in_one_line() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/token"
        with pytest.raises(ReplyError, match=r"^cannot reach 127\.0\.0\.1: Connection refused$"):
            post_form(url, FORM)


def test_a_name_that_is_none_is_an_error_in_one_line() -> None:
    with pytest.raises(ReplyError, match=r"^cannot reach no-such-host\.invalid: "):
        post_form("https://no-such-host.invalid/token", FORM)


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example.com/token",
        "https://login.example.com:8443/a/b?c=d",
        "http://localhost:8080/token",
        "http://127.0.0.1/token",
        "http://[::1]:9/token",
    ],
)
def test_endpoints_are_https_or_on_this_machine(url: str) -> None:
    assert checked_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "token",
        "http://login.example.com/token",
        "http://localhost.example.com/token",
        "http://127.0.0.1.example.com/token",
        "ftp://localhost/token",
        "file:///etc/passwd",
        "https:///token",
        "https://user:pass@example.com/token",
        "https://example.com/#a",
        "https://example.com/a b",
        "https://example.com/\r\nHost: x",
        "https://exämple.com/",
        "https://example.com:99999/",
        "https://[::1/",
        "https://a..b/",
        f"https://{'a' * 64}.com/",
        "https://example.com/" + "a" * 3000,
    ],
)
def test_no_token_goes_anywhere_else(url: str) -> None:
    with pytest.raises(ConfigurationError):
        post_form(url, FORM)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and certificates of it: good.pem for localhost, wrong.pem for another name."""
    folder = tmp_path_factory.mktemp("certificates")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(folder, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=CA")
    for name, host in (("good", "localhost"), ("wrong", "other.example")):
        more = ("-CA", "ca.pem", "-CAkey", "ca.key", "-addext", f"subjectAltName=DNS:{host}")
        files = ("-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={host}")
        _openssl(folder, "req", "-x509", *key, *files, *more)
    return folder


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def _serving(certificates: Path, name: str) -> AuthorizationServer:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
    return AuthorizationServer(tls=context)


def test_a_certificate_of_a_known_authority_is_trusted(
    certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
    with _serving(certificates, "good") as server:
        server.answers.append(say(200, {"a": 1}))
        assert post_form(server.url("token"), FORM) == {"a": 1}


@pytest.mark.parametrize(("name", "trusted"), [("good", False), ("wrong", True)])
def test_nothing_is_sent_to_a_server_that_cannot_prove_its_name(
    certificates: Path, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
    with _serving(certificates, name) as server:
        with pytest.raises(ConfigurationError, match="not trusted"):
            post_form(server.url("token"), FORM)
        assert server.requests == []
