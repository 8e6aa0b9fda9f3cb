"""Mailboxes of a real Dovecot that are opened by tokens of an authorization server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from channels.authorization_server import AuthorizationServer, client_of
from cli.tool import Tool
from gateway.mailboxes import Person
from system.certificates import Certificates
from system.dovecot import Dovecot

from mailgate.entities.server import Server
from mailgate.gateway.administration.servers import ServerOptions, add_server
from mailgate.gateway.authorize import authorize, keep
from mailgate.gateway.fetch.one import fetch_one
from mailgate.gateway.fetch.run import Options
from mailgate.store.change import changing
from mailgate.store.secrets import folder
from mailgate.store.sqlite import open_database

USER = "support@example.com"
PASSDB = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2.ext
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""
INTROSPECTION = """
introspection_mode = post
introspection_url = http://127.0.0.1:{port}/introspect
username_attribute = username
active_attribute = active
active_value = true
force_introspection = yes
"""

pytestmark = pytest.mark.root


class Site:
    """A provider, its mail server, and a mailgate that fetches one mailbox of it."""

    def __init__(self, stack: ExitStack, root: Path, tool: Tool, mechanisms: str) -> None:
        (root / "certificates").mkdir()
        (root / "dovecot").mkdir()
        self.certificates = Certificates(root / "certificates")
        self.provider = stack.enter_context(AuthorizationServer())
        (root / "dovecot" / "oauth2.ext").write_text(INTROSPECTION.format(port=self.provider.port))
        self.dovecot = stack.enter_context(
            Dovecot(
                root / "dovecot",
                self.certificates,
                mechanisms=mechanisms,
                more=PASSDB.format(root=root / "dovecot"),
            )
        )
        self.path = str(tool.path)

    def authorize(self, protocol: str, user: str = USER) -> None:
        """Add the server and let a person agree, as ``user`` of the provider."""
        port = self.dovecot.imaps if protocol == "imap" else self.dovecot.pop3s
        database = open_database(self.path)
        with changing(database, 1, "test") as change:
            options = ServerOptions(port=port, user=USER, oauth="test", model="lead")
            server: Server = add_server(change, "support", protocol, "localhost", options)
            place = folder(change.connection)
        database.close()
        person = Person(lambda address: self.provider.agree(address, user))
        client = client_of(self.provider)
        keep(place, server, authorize(server, client, person, by_code=True))

    def fetch(self, *subjects: str) -> dict[str, Any]:
        """Let mail come into the mailbox, fetch it, and return what the run told at its end."""
        self.dovecot.put(USER, [letter(subject) for subject in subjects])
        told: list[dict[str, Any]] = []
        fetch_one(self.path, "support", Options(), told.append)
        return told[-1]


def letter(subject: str) -> bytes:
    lines = (
        "From: Ann <ann@example.org>",
        f"To: {USER}",
        f"Subject: {subject}",
        f"Message-ID: <{subject}@example.org>",
    )
    return ("\r\n".join(lines) + "\r\n\r\nPlease.\r\n").encode()


@pytest.fixture(params=["xoauth2 oauthbearer", "oauthbearer"])
def site(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """A site whose mail server offers both ways to send a token, or the standard's alone."""
    tool = Tool(tmp_path / "gate.db")
    tool.ok("init", "--domain", "example.com")
    with ExitStack() as stack:
        reachable = Path(stack.enter_context(TemporaryDirectory()))
        reachable.chmod(0o755)
        built = Site(stack, reachable, tool, f"plain {request.param}")
        monkeypatch.setenv("SSL_CERT_FILE", str(built.certificates.authority))
        yield built
        print(built.dovecot.log()[-4000:])


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_mail_is_fetched_by_token_also_after_its_end(site: Site, protocol: str) -> None:
    """A token that the mailbox refuses before its time is replaced in the same run."""
    site.authorize(protocol)
    asked = len(site.provider.requests)
    assert site.fetch("one", "two") == {"counts": {"read": 2, "created": 2}, "error": None}
    assert [path for path, _ in site.provider.requests[asked:]] == ["/introspect"]
    site.provider.end_access()
    asked = len(site.provider.requests)
    assert site.fetch("three") == {"counts": {"read": 1, "created": 1}, "error": None}
    paths = [path for path, _ in site.provider.requests[asked:]]
    assert paths == ["/introspect", "/token", "/introspect"]


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_grant_that_was_ended_is_told_with_what_to_do(site: Site, protocol: str) -> None:
    site.authorize(protocol)
    site.provider.end_grants()
    for _ in range(2):
        told = site.fetch("one")
        assert told["error"].endswith("run mailgate server authorize support")
        assert not any(secret in told["error"] for secret in site.provider.issued())
    asked = [path for path, fields in site.provider.requests if "refresh_token" in fields]
    assert asked == ["/token"]


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_token_of_somebody_else_opens_nothing(site: Site, protocol: str) -> None:
    site.authorize(protocol, "somebody@example.com")
    told = site.fetch("one")
    assert f"the log-in of {USER} is refused" in told["error"]
    assert not any(secret in told["error"] for secret in site.provider.issued())
