"""``server authorize``: what a person sees, what is kept, and that no secret leaves its file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from channels.answers import deny
from channels.authorization_server import CLIENT, SECRET, AuthorizationServer
from cli.tool import Tool

USER = "support@example.com"


@pytest.fixture
def provider() -> Iterator[AuthorizationServer]:
    """A provider whose clients have a secret."""
    with AuthorizationServer(secret=SECRET) as server:
        yield server


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """The file with the client's secret."""
    file = tmp_path / "client-secret"
    file.write_text(SECRET + "\n")
    file.chmod(0o600)
    return file


@pytest.fixture
def mailbox(tool: Tool) -> Tool:
    """The command line with a server called support."""
    tool.ok("server", "add", "support", "imap", "localhost", "--user", USER, "--oauth", "local")
    return tool


def begin(tool: Tool, *words: str) -> subprocess.Popen[str]:
    """Start ``server authorize`` as a process."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-m", "mailgate", *words],
        env=os.environ | {"MAILGATE_DB": str(tool.path)},
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
    )


def by_device(tool: Tool, provider: AuthorizationServer, *words: str) -> tuple[str, str]:
    """Authorize while a person enters the code; return standard output and error."""
    process = begin(tool, "server", "authorize", *words)
    until = monotonic() + 30
    known = len(provider.devices)
    while len(provider.devices) == known and process.poll() is None and monotonic() < until:
        sleep(0.02)
    if len(provider.devices) > known:
        provider.approve(USER)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out, err


def said(provider: AuthorizationServer, secret: Path) -> list[str]:
    """Return the options that name client and endpoints."""
    return [*provider.options, "--client-secret-file", str(secret)]


def test_a_device_code_is_entered_and_the_grant_is_kept(
    mailbox: Tool, provider: AuthorizationServer, secret: Path
) -> None:
    out, err = by_device(mailbox, provider, "support", *said(provider, secret))
    assert out == ""
    assert f"    {provider.url('enter')}\n" in err
    assert f"    {provider.devices[0].user_code}\n" in err
    assert err.endswith(
        "server support is authorized\nsee whether it works: mailgate server test support\n"
    )
    assert mailbox.json("server", "show", "support")["grant"] == {
        "state": "ok",
        "end": None,
        "detail": "authorized",
    }


def test_the_next_time_nothing_needs_to_be_said_again(
    mailbox: Tool, provider: AuthorizationServer, secret: Path
) -> None:
    by_device(mailbox, provider, "support", *said(provider, secret))
    by_device(mailbox, provider, "support")
    mailbox.ok("server", "add", "sales", "imap", "localhost", "--user", USER, "--oauth", "local")
    by_device(mailbox, provider, "sales", "--like", "support")
    assert len(list((mailbox.path.parent / "secrets").glob("server-?.grant"))) == 2


def test_a_code_can_be_pasted(mailbox: Tool, provider: AuthorizationServer, secret: Path) -> None:
    process = begin(
        mailbox, "server", "authorize", "support", "--code", "--json", *said(provider, secret)
    )
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    address = next(line.strip() for line in lines if line.startswith("    http"))
    out, _ = process.communicate(provider.agree(address, USER) + "\n", timeout=60)
    assert process.returncode == 0
    shown = json.loads(out)
    assert shown["name"] == "support"
    assert shown["grant"]["state"] == "ok"


def test_no_secret_leaves_the_file_of_the_grant(
    mailbox: Tool, provider: AuthorizationServer, secret: Path
) -> None:
    """Not into what is printed, the audit log, an error with -v, or the database."""
    printed = "".join(by_device(mailbox, provider, "support", "--json", *said(provider, secret)))
    for words in (
        ("audit", "list", "--json"),
        ("server", "list", "--json"),
        ("-v", "server", "show", "support"),
    ):
        printed += mailbox.ok(*words).output
    provider.answers.append(deny("invalid_client", f"{SECRET} is wrong"))
    result = mailbox.process("-v", "server", "authorize", "support")
    assert result.returncode == 1
    printed += (result.stdout + result.stderr).decode()
    grant = (mailbox.path.parent / "secrets" / "server-1.grant").read_text()
    kept = b"".join(path.read_bytes() for path in mailbox.path.parent.glob("gate.db*"))
    tokens = [each for each in provider.issued() if each.startswith(("access", "refresh"))]
    assert all(token in grant for token in tokens)
    assert SECRET not in grant
    for each in provider.issued():
        assert each not in printed
        assert each.encode() not in kept


def test_who_authorized_what_is_in_the_audit_log(
    mailbox: Tool, provider: AuthorizationServer, secret: Path
) -> None:
    by_device(mailbox, provider, "support", *said(provider, secret))
    entry = mailbox.json("audit", "list")[0]
    assert (entry["action"], entry["object"]) == ("authorize", "server support")
    assert entry["new"]["user"] == USER
    assert entry["new"]["id"] == CLIENT
    assert entry["new"]["secret_file"] == str(secret)


def test_what_the_provider_or_the_person_refuses_changes_nothing(
    mailbox: Tool, provider: AuthorizationServer
) -> None:
    result = mailbox.run("server", "authorize", "support", *provider.options)
    assert result.exit_code == 1
    assert result.stderr.startswith("mailgate: localhost refused: invalid_client: unknown client")
    result = mailbox.run("server", "authorize", "support", "--code", *provider.options, input="")
    assert result.exit_code == 1
    assert "nothing was pasted" in result.stderr
    assert not list((mailbox.path.parent / "secrets").glob("*.grant"))
    assert next(entry["action"] for entry in mailbox.json("audit", "list")) == "add"


@pytest.mark.parametrize(
    ("change", "words", "line"),
    [
        (("--password-file", "x"), (), "does not log in by OAuth 2: mailgate server set support"),
        (("--oauth", "gmail"), (), "the client id is not known: say --client-id ID"),
        (("--oauth", "outlook"), (), "the client id is not known: say --client-id ID"),
        (("--oauth", "gmail"), ("--tenant", "x"), "gmail has no tenants"),
        (("--oauth", "outlook"), ("--tenant", "x/y"), "'x/y' is no tenant"),
        ((), ("--client-id", "x"), "the endpoints of local are not known: say --token-url"),
        (
            (),
            ("--client-id", "x", "--token-url", "http://example.com/"),
            "is not safe for tokens: it must be https://",
        ),
        ((), ("--client-id", "x", "--token-url", "https://localhost/"), "the scope is not known"),
        (
            (),
            ("--client-id", "x", "--token-url", "https://localhost/", "--scope", "s"),
            "no address where one can agree at local is known",
        ),
        ((), ("--client-id", "\x1b[2J", "--token-url", "https://localhost/"), "cannot be a client"),
        (("--oauth", "gmail"), ("--client-id", "x", "--client-secret-file", "/no/such"), "No such"),
        ((), ("--like", "support"), "support was never authorized: say --client-id ID"),
        ((), ("--like", "nobody"), "no server nobody"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_one_line(
    mailbox: Tool, change: tuple[str, ...], words: tuple[str, ...], line: str
) -> None:
    if change:
        mailbox.ok("server", "set", "support", *change)
    assert line in mailbox.error("server", "authorize", "support", *words)


def test_the_presets_send_people_to_their_provider(mailbox: Tool) -> None:
    mailbox.ok("server", "set", "support", "--oauth", "gmail")
    shown = mailbox.run("server", "authorize", "support", "--client-id", "x", input="\n").stderr
    assert "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline" in shown
    assert "scope=https%3A%2F%2Fmail.google.com%2F&" in shown
    mailbox.ok("server", "set", "support", "--oauth", "outlook")
    words = ("--client-id", "x", "--code", "--tenant", "contoso.com")
    shown = mailbox.run("server", "authorize", "support", *words, input="\n").stderr
    assert "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/authorize?" in shown
    assert "IMAP.AccessAsUser.All+offline_access&" in shown


def test_a_grant_that_is_missing_is_named_with_what_to_do(mailbox: Tool) -> None:
    text = (
        "the grant of server support is missing: not authorized yet:"
        " run mailgate server authorize support\n"
    )
    assert text in mailbox.ok("server", "list").stderr
    assert text in mailbox.ok("server", "show", "support").stderr
    assert mailbox.json("server", "list")[0]["grant"]["state"] == "missing"


def test_a_grant_goes_with_its_server(
    mailbox: Tool, provider: AuthorizationServer, secret: Path
) -> None:
    by_device(mailbox, provider, "support", *said(provider, secret))
    mailbox.ok("server", "set", "support", "--user", "other@example.com")
    found = mailbox.json("server", "show", "support")["grant"]
    assert found["state"] == "missing"
    assert "not for other@example.com" in found["detail"]
    mailbox.ok("server", "remove", "support")
    assert list((mailbox.path.parent / "secrets").glob("server-*")) == []
