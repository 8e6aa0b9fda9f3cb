"""Form posts: to whom secrets are sent, and to whom never."""

from __future__ import annotations

import socket

import pytest
from channels.answers import say
from channels.authorization_server import AuthorizationServer
from system.certificates import Certificates

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
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority, and certificates good and bad."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


def test_a_certificate_of_a_known_authority_is_trusted(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    with AuthorizationServer(tls=certificates.server(certificates.good)) as server:
        server.answers.append(say(200, {"a": 1}))
        assert post_form(server.url("token"), FORM) == {"a": 1}


@pytest.mark.parametrize("name", ["expired", "wrong_name", "own", "good"])
def test_nothing_is_sent_to_a_server_that_cannot_prove_its_name(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The good certificate proves nothing where its authority is not known."""
    if name != "good":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    with AuthorizationServer(tls=certificates.server(getattr(certificates, name))) as server:
        with pytest.raises(ConfigurationError, match="not trusted"):
            post_form(server.url("token"), FORM)
        assert server.requests == []
