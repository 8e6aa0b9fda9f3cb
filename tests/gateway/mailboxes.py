"""A mailbox that logs in by OAuth 2, and a person who agrees to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from channels.authorization_server import AuthorizationServer, client_of

from mailgate.entities.grant import Grant
from mailgate.entities.server import Server
from mailgate.gateway.authorize import authorize, keep

USER = "support@example.com"
PROVIDER = "test"


def server_of(name: str = "support", user: str = USER, protocol: str = "imap") -> Server:
    """Return a server with the id 7."""
    return Server(
        id=7,
        name=name,
        protocol=protocol,
        host="imap.example.com",
        port=993,
        security="tls",
        user=user,
        folder="INBOX",
        model=None,
        after="seen",
        enabled=True,
        last_run=None,
        last_success=None,
        last_error=None,
        consecutive_errors=0,
    )


@dataclass
class Person:
    """Reads what is shown, and pastes what ``answer`` makes of the address in it."""

    answer: Callable[[str], str] = lambda address: address
    read: list[str] = field(default_factory=list)

    def tell(self, text: str) -> None:
        """Read some lines."""
        self.read.append(text)

    def ask(self, question: str) -> str:
        """Answer a question."""
        assert question
        address = next(line.strip() for line in self.read[-1].splitlines() if "://" in line)
        return self.answer(address)


def authorized(provider: AuthorizationServer, folder: str) -> Grant:
    """Authorize the server by a pasted code, and return the grant that is kept."""
    person = Person(lambda address: provider.agree(address, USER))
    grant = authorize(server_of(), client_of(provider), person, by_code=True)
    keep(folder, server_of(), grant)
    return grant
