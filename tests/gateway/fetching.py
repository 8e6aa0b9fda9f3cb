"""A house with a mailbox that is fetched, in this process."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from gateway.house import House
from gateway.twin import Store

from mailgate.gateway.administration.servers import ServerOptions, add_server, set_server
from mailgate.gateway.fetch.one import fetch_one
from mailgate.gateway.fetch.run import Options


class Fetching:
    """Servers of a house, each with a mailbox that stands for the one on the server."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.folder = folder
        self.password = folder / "password"
        self.password.write_text("secret\n")
        self.password.chmod(0o600)

    def server(self, name: str = "box", protocol: str = "imap", **options: Any) -> Store:
        """Add a server, and return its mailbox."""
        given = {"user": name, "password_file": str(self.password), **options}
        with self.house.change() as change:
            add_server(change, name, protocol, "mail.example.com", ServerOptions(**given))
        return Store(self.folder / f"{name}.mailbox")

    def set(self, name: str = "box", **options: Any) -> None:
        """Change a server."""
        with self.house.change() as change:
            set_server(change, name, ServerOptions(**options))

    def fetch(
        self,
        store: Store,
        name: str = "box",
        *,
        limit: int | None = None,
        since: date | None = None,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Fetch once; return the counts beside "error" and "skipped" where there are any."""
        told: dict[str, Any] = {}
        store.loaded.clear()
        options = Options(limit=limit, since=since, dry_run=dry_run)
        fetch_one(self.house.path, name, options, told.update, store.connect)
        counts: dict[str, Any] = told.get("counts", {})
        rest = {key: told[key] for key in ("error", "skipped") if told.get(key) is not None}
        return {**counts, **rest}

    def taken(self) -> list[str]:
        """Return the subjects of all messages that were taken, in order."""
        return [s for (s,) in self.house.rows("SELECT subject FROM message ORDER BY id")]

    def remembered(self, name: str = "box") -> dict[str, str]:
        """Return what is remembered of the messages in a mailbox."""
        return dict(
            self.house.rows(
                "SELECT uid, m.state FROM server_message m JOIN server s ON s.id = m.server"
                " WHERE name = ?",
                name,
            )
        )
