"""Form posts: what of a provider's answer is believed, and what people are told of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import pytest
from channels.answers import Answer, deny, raw, redirect, say, silence
from channels.authorization_server import AuthorizationServer

from mailgate.channels import forms
from mailgate.channels.forms import RefusedError, ReplyError, post_form
from mailgate.errors import MailgateError

TOKEN = "1//0gSecretRefreshToken_with-48.characters~and/more+="
FORM = {"grant_type": "refresh_token", "client_secret": "hush hush", "refresh_token": TOKEN}


@pytest.fixture
def provider() -> Iterator[AuthorizationServer]:
    """A provider whose answers the test says."""
    with AuthorizationServer() as server:
        yield server


def failure(provider: AuthorizationServer) -> MailgateError:
    """Return the error that a post ends with; no secret is in it."""
    with pytest.raises(MailgateError) as error:
        post_form(provider.url("token"), FORM)
    text = str(error.value)
    assert TOKEN not in text
    assert "hush hush" not in text
    assert text.isprintable()
    assert len(text) < 400
    return error.value


def test_a_form_arrives_as_it_is_and_its_json_comes_back(provider: AuthorizationServer) -> None:
    provider.answers.append(say(200, {"access_token": "t"}))
    assert post_form(provider.url("token?a=1"), FORM | {"x": "ä&=+ \n"}) == {"access_token": "t"}
    assert provider.requests == [("/token?a=1", FORM | {"x": "ä&=+ \n"})]


@pytest.mark.parametrize("kind", ["text/plain", "text/html; charset=utf-8", "", "x" * 3000])
def test_the_body_decides_whether_it_is_json(provider: AuthorizationServer, kind: str) -> None:
    provider.answers.append(say(200, {"a": 1}, kind))
    assert post_form(provider.url("token"), FORM) == {"a": 1}


@pytest.mark.parametrize(
    ("status", "said", "text"),
    [
        (400, {"error": "invalid_grant"}, "localhost refused: invalid_grant"),
        (
            400,
            {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
            "localhost refused: invalid_grant: Token has been expired or revoked.",
        ),
        (
            401,
            {"error": "invalid_client", "error_description": 7},
            "localhost refused: invalid_client",
        ),
        (200, {"error": "invalid_scope"}, "localhost refused: invalid_scope"),  # GitHub's way
    ],
)
def test_a_refusal_is_told_in_the_providers_words(
    provider: AuthorizationServer, status: int, said: object, text: str
) -> None:
    provider.answers.append(say(status, said))
    error = failure(provider)
    assert isinstance(error, RefusedError)
    assert str(error) == text
    assert text.split(": ")[1] == error.code


@pytest.mark.parametrize("status", [400, 403, 428, 429, 500])
@pytest.mark.parametrize("code", ["authorization_pending", "slow_down"])
def test_waiting_for_a_person_is_no_trouble_whatever_the_status(
    provider: AuthorizationServer, status: int, code: str
) -> None:
    """RFC 8628 has 400, Google 428 and 403."""
    provider.answers.append(deny(code, status=status))
    error = failure(provider)
    assert isinstance(error, RefusedError)
    assert error.code == code


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (503, {"error": "temporarily_unavailable"}),
        (400, {"error": "temporarily_unavailable"}),
        (500, {"error": "server_error", "error_description": "AADSTS90033"}),
        (500, {"error": "invalid_grant"}),
        (429, {"error": "too_many_requests"}),
        (400, {"error": "   "}),
        (400, {"error": "x" * 5000}),
        (400, {"error": "\x1b[2J"}),
        (400, {"error": {"code": 400, "message": "Bad Request"}}),
        (400, {}),
        (502, {"message": "no"}),
    ],
)
def test_what_may_pass_is_no_refusal(
    provider: AuthorizationServer, status: int, said: object
) -> None:
    provider.answers.append(say(status, said))
    assert isinstance(failure(provider), ReplyError)


@pytest.mark.parametrize(
    "description",
    [
        TOKEN,
        f"the token {TOKEN} is not valid",
        f"the secret hush hush, the token {TOKEN.replace('/', '%2F')}",
        f"hush+hush {TOKEN}\nsecond line {TOKEN}",
        "a" * 100_000,
        f"\x1b]0;title\x07\u202e{TOKEN}",
        "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiIxMjM0NTY3ODkwIn0.sig",
    ],
)
def test_secrets_that_a_provider_repeats_are_cut_out(
    provider: AuthorizationServer, description: str
) -> None:
    provider.answers.append(deny("invalid_grant", description))
    text = str(failure(provider))
    assert "hush" not in text
    assert "eyJ" not in text
    assert TOKEN[:20] not in text
    assert "aaaaa" not in text


def test_a_long_text_is_told_by_its_first_line(provider: AuthorizationServer) -> None:
    said = (
        "AADSTS700082: The refresh token has expired due to inactivity.\r\nTrace ID: 1\r\n"
        "Correlation ID: 2"
    )
    provider.answers.append(deny("invalid_grant", said))
    assert str(failure(provider)) == (
        "localhost refused: invalid_grant: AADSTS700082: The refresh token has expired due to"
        " inactivity."
    )


PAGE = f"<html><body>error for {TOKEN}</body></html>".encode()


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (200, PAGE, "text/html", "localhost answered 200 with text/html instead of JSON"),
        (502, PAGE, "text/html", "localhost answered 502 with text/html instead of JSON"),
        (404, b"", "", "localhost answered 404 with ? instead of JSON"),
        (200, b"[1]", "application/json", "localhost answered 200 with application/json instead"),
        (200, b'"t"', "application/json", "localhost answered 200 with application/json instead"),
        (200, b"{", "a\x1bb" * 60, "localhost answered 200 with ? instead of JSON"),
        (200, b"[" * 100_000, "application/json", "localhost answered 200"),
        (200, b'{"a":' * 50_000, "application/json", "localhost answered 200"),
        (200, b'{"expires_in": ' + b"9" * 9000 + b"}", "application/json", "localhost answered"),
        (200, b'{"a": "\xff"}', "application/json", "localhost answered 200"),
        (204, b"", "application/json", "localhost answered 204"),
    ],
)
def test_what_is_no_json_is_named_but_not_shown(
    provider: AuthorizationServer, status: int, body: bytes, kind: str, text: str
) -> None:
    provider.answers.append(say(status, body, kind))
    error = failure(provider)
    assert isinstance(error, ReplyError)
    assert str(error).startswith(text)
    assert "<html>" not in str(error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(provider: AuthorizationServer, status: int) -> None:
    with AuthorizationServer() as other:
        provider.answers.append(redirect(other.url("token"), status))
        assert "redirect" in str(failure(provider))
        assert other.requests == []
    assert len(provider.requests) == 1


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        raw(HEAD + b"\r\n", forever=b" " * 65536),
        raw(HEAD + b"Content-Length: 99999999999\r\n\r\n", forever=b" " * 65536),
        raw(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
            forever=b"1000\r\n" + b" " * 4096 + b"\r\n",
        ),
        raw(HEAD, forever=b"X: " + b"y" * 8000 + b"\r\n"),
        raw(forever=b"x" * 65536),
        raw(forever=b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "length", "chunks", "header", "line", "continue"],
)
def test_an_answer_without_end_is_given_up(provider: AuthorizationServer, answer: Answer) -> None:
    provider.answers.append(answer)
    began = monotonic()
    assert isinstance(failure(provider), ReplyError)
    assert monotonic() - began < 10


@pytest.mark.parametrize(
    "answer",
    [
        silence(5),
        raw(HEAD, forever=b"X", pause=0.05),
        raw(HEAD + b"\r\n", forever=b" ", pause=0.05),
        raw(b"HTTP/1.1 ", forever=b"2", pause=0.05),
    ],
    ids=["silence", "header", "body", "status"],
)
def test_an_answer_that_drips_is_given_up_in_time(
    provider: AuthorizationServer, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "SECONDS", 0.5)
    provider.answers.append(answer)
    began = monotonic()
    assert "did not answer" in str(failure(provider))
    assert monotonic() - began < 3


@pytest.mark.parametrize(
    "said", [b"", b"\x00" * 50, b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200", HEAD]
)
def test_what_is_not_http_is_an_error_in_one_line(
    provider: AuthorizationServer, said: bytes
) -> None:
    provider.answers.append(raw(said))
    assert isinstance(failure(provider), ReplyError)
