"""Random installations and letters, and all that a delivery leaves behind, for properties."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.house import NOW, House, letter
from hypothesis import strategies as st

from mailgate.errors import MailgateError
from mailgate.gateway.administration.aliases import AliasOptions, add_alias, remove_alias, set_alias
from mailgate.gateway.administration.contacts import ContactOptions, add_contact
from mailgate.gateway.administration.domains import DomainOptions, set_domain, verify_domain
from mailgate.gateway.administration.parameters import set_parameter
from mailgate.gateway.administration.patterns import add_pattern
from mailgate.gateway.administration.records import delete, set_state
from mailgate.store.change import Change

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where databases that are thrown away may be: nothing is to be learned of a disk here."""

ALIASES = ["sales@example.com", "team@example.com", "sales@example.net", "desk@example.net"]
ODD_ALIASES = ["info+a", "sales-b", "catchall+a", "mail", "mail-x", "all-x@example.net"]
POLICIES = [*["everyone"] * 4, *["contacts"] * 2, "followers", "internal"]
DOMAINS = ["example.com", "example.net"]
HERE = ["info@example.com", "help@example.com", *ALIASES, "INFO+a@old.example", "sales@old.example"]
SPECIAL = [
    *("catchall@example.com", "catchall+a@old.example", "all@example.net", "bounce@example.com"),
    *("errors+x@example.net", "reply@example.com", "mail-x@example.net", "mail@example.com"),
]
ODD = [
    *("was@example.com", "new-sales@example.com", "sales@good.org", "team+x@elsewhere.org"),
    *("sales-b@example.com", "info+a@example.com", "all-x@example.net", "no@example.com", "a b"),
]
PEOPLE = ["ann@x.org", "zoe@x.org", "eve@evil.org", "staff@example.org", "sales@good.org"]
FOLLOWERS = ("ann@x.org", "help@example.com", "sales@good.org", "staff@example.org", "team@x.org")
PARAMETERS = {
    "mail.gateway.loop.threshold": ["20", "20", "20", "0", "1", "2"],
    "mail.gateway.alias.threshold": ["0", "0", "0", "1", "2"],
    "mail.recipient.delimiter": ["+", "+", "-", ""],
    "mail.catchall.domain.allowed": ["", "", "good.org"],
    "mail.spam.header": ["", "", "X-Spam-Flag: YES"],
    "mail.trusted.authserv": ["", "", "", "", "mx.example.com"],
    "mail.notice.interval.minutes": ["0", "120"],
    "mail.notice.max.per.hour": ["100", "100", "100", "100", "0"],
}
EXTRAS = [
    *[""] * 24,
    "In-Reply-To: <open@x>\n",
    "References: <ticket@x> <open@x>\n",
    "In-Reply-To: <gone@x>\n",
    "In-Reply-To: <gone@x>\nReferences: <ticket@x>\n",
    "In-Reply-To: <notice@ours>\n",
    "References: <notice@ours> <open@x>\n",
    "References: <1@x.org>\n",
    "Auto-Submitted: auto-replied\n",
    "Auto-Submitted: auto-replied\nIn-Reply-To: <open@x>\n",
    "Auto-Submitted: auto-generated\nIn-Reply-To: <notice@ours>\n",
    "List-Id: <l.x.org>\n",
    "X-Spam-Flag: YES\n",
    "Content-Type: multipart/report; report-type=delivery-status\n",
    "Content-Type: multipart/report; report-type=feedback-report\n",
    "Authentication-Results: mx.example.com; dkim=pass header.d=x.org\n",
    "X-Mailgate-Message-ID: <notice@ours>\n",
    "X-Loop: example.com\n",
    "X-Loop: x.org\nIn-Reply-To: <open@x>\n",
]


@dataclass(frozen=True)
class Letter:
    """One message with its envelope, and the recipients in their order."""

    raw: bytes
    sender: str
    model: str | None
    recipients: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One change that an administrator makes; one that is refused changes nothing."""

    do: Callable[..., object]
    given: tuple[Any, ...]

    def __call__(self, change: Change) -> None:
        """Make the change."""
        self.do(change, *self.given)


def alias_step(change: Change, address: str, options: AliasOptions, later: str) -> None:
    """Make an alias, and perhaps rename or remove it soon."""
    add_alias(change, address, options)
    if later == "remove":
        remove_alias(change, address)
    elif later:
        set_alias(change, address, AliasOptions(address=f"new-{address}"))


@st.composite
def aliases(draw: st.DrawFn, address: str) -> Step:
    """Return the making of an alias, or of one that is soon renamed or removed."""
    options = AliasOptions(
        model=draw(st.sampled_from(["lead", "lead", "ticket"])),
        policy=draw(st.sampled_from(POLICIES)),
        on_refusal=draw(st.sampled_from(["notice", "notice", "reject"])),
        refusal_text=draw(st.sampled_from(["", "Not you."])),
        acknowledge=draw(st.sampled_from(["", "Thank you.", "Thank you."])),
        local_part_detection=draw(st.sampled_from([False, False, True])),
        record=draw(st.sampled_from([*[None] * 8, 1, 2, 3])),
        parent=draw(st.sampled_from([None, 1, 2])),
        followers=draw(st.sampled_from([(), ("team@x.org",), FOLLOWERS])),
    )
    later = draw(st.sampled_from(["", "", "", "", "", "remove", "rename"]))
    return Step(alias_step, (address, options, later))


def parameters() -> st.SearchStrategy[tuple[Step, ...]]:
    """Return the setting of every parameter."""
    return st.tuples(
        *(
            st.sampled_from([Step(set_parameter, (key, value)) for value in values])
            for key, values in PARAMETERS.items()
        )
    )


def others() -> st.SearchStrategy[Step]:
    """Return changes of domains, contacts and lists."""
    domain = st.sampled_from(DOMAINS)
    internal = st.sampled_from([ContactOptions(internal=True), ContactOptions()])
    special = st.one_of(
        st.sampled_from(["mail", "reply", "mail-x"]).map(lambda n: DomainOptions(catchall=n)),
        st.sampled_from(["mail", "mail-y"]).map(lambda n: DomainOptions(bounce=n)),
    )
    changes: list[tuple[Callable[..., object], st.SearchStrategy[tuple[Any, ...]]]] = [
        (add_contact, st.tuples(st.sampled_from(PEOPLE), internal)),
        (
            add_pattern,
            st.tuples(st.sampled_from(["allow", "block"]), st.sampled_from([*PEOPLE, "*@x.org"])),
        ),
        (set_domain, st.tuples(domain, special)),
        (verify_domain, st.tuples(domain, st.just(3600))),
    ]
    return st.one_of(*(st.builds(Step, st.just(do), given) for do, given in changes))


def steps() -> st.SearchStrategy[list[Step]]:
    """Return what is done to an installation before mail comes."""
    return st.tuples(
        parameters(),
        st.lists(others(), max_size=3),
        st.tuples(*map(aliases, ALIASES)),
        st.lists(st.sampled_from(ODD_ALIASES).flatmap(aliases), max_size=2),
    ).map(lambda parts: [step for part in parts for step in part])


@st.composite
def letters(draw: st.DrawFn) -> Letter:
    """Return one message for one to five recipients."""
    author = draw(st.sampled_from(PEOPLE))
    senders = [*[author] * 12, "", "noreply@x.org", "info@example.com"]
    address = st.sampled_from([*HERE, *HERE, *SPECIAL, *ODD])
    recipients = draw(st.lists(address, min_size=2, max_size=5, unique=True))
    to = draw(st.sampled_from(["x@x.org", *HERE, *SPECIAL]))
    return Letter(
        letter(author=author, to=to, extra=draw(st.sampled_from(EXTRAS))),
        draw(st.sampled_from(senders)),
        draw(st.sampled_from([None, None, None, "ticket"])),
        tuple(recipients),
    )


def furnish(folder: Path) -> None:
    """Make a database with conversations, one of them gone and one closed, and a notice."""
    house = House(folder)
    house.deliver(letter("open@x"), "info@example.com", at=NOW - 10**6)
    house.deliver(letter("ticket@x", author="bob@x.org"), "help@example.com", at=NOW - 10**6)
    house.deliver(letter("gone@x", author="carl@x.org"), "info@example.com", at=NOW - 10**6)
    house.run("INSERT INTO follower VALUES (1, 'zoe@x.org'), (2, 'staff@example.org')")
    with house.change() as change:
        set_state(change, 1, "closed")
        delete(change, 3)
    house.run("INSERT INTO retired VALUES ('was@example.com', 'alias', 1, NULL, 0)")
    house.run(
        "INSERT INTO known_id (message_id, recipient, record, direction)"
        " VALUES ('<notice@ours>', '', 0, 'out')"
    )
    house.close()


@contextmanager
def built(folder: Path, changes: list[Step]) -> Iterator[Path]:
    """Return a folder with a copy of the database in which every change was tried."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        shutil.copytree(folder, place, dirs_exist_ok=True)
        house = House(Path(place), existing=True)
        for step in changes:
            with suppress(MailgateError), house.change() as change:
                step(change)
        house.close()
        yield Path(place)


@contextmanager
def copy_of(folder: Path) -> Iterator[House]:
    """Open a copy of the database."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        shutil.copytree(folder, place, dirs_exist_ok=True)
        house = House(Path(place), existing=True)
        yield house
        house.close()


def deliver(house: House, of: Letter, *recipients: str) -> dict[str, Any]:
    """Deliver a letter to some of its recipients."""
    return house.deliver(of.raw, *recipients, sender=of.sender, model=of.model)


def records(house: House, *, strict: bool) -> list[str]:
    """Return every record with all that belongs to it, in an order that numbers do not decide.

    Not strict: acknowledgements aside, which go to the record that is started first.
    """
    found = []
    for number, *values in house.rows(
        "SELECT r.id, m.name, r.name, r.sender, r.alias_address, r.state FROM record r"
        " JOIN model m ON m.id = r.model"
    ):
        ids = house.rows(
            "SELECT CASE direction WHEN 'out' THEN 'ack' ELSE message_id END, stranger"
            " FROM message WHERE record = ? AND (? OR direction = 'in') ORDER BY id",
            number,
            strict,
        )
        parts = [
            house.rows(f"SELECT {what} WHERE record = ? ORDER BY 1, 2", number)
            for what in ("address, 0 FROM follower", "field, value FROM record_value")
        ]
        if strict:
            parts.append(house.rows("SELECT address FROM addressed WHERE record = ?", number))
        found.append(repr((values, ids, parts)))
    return sorted(found)


def rest(house: House) -> dict[str, Any]:
    """Return what else a delivery leaves behind, one row for each recipient."""
    held = house.rows("SELECT reason, recipients, digest FROM quarantine")
    return {
        "contacts": house.rows("SELECT address, origin, internal FROM contact ORDER BY 1"),
        "aliases": house.rows("SELECT id, status, last_used FROM alias ORDER BY 1"),
        "held": sorted(
            (reason, address, digest)
            for reason, addresses, digest in held
            for address in addresses.split("\n")
        ),
        "openings": house.rows(
            "SELECT author, model, alias, held FROM opening ORDER BY 1, 2, 3, 4"
        ),
        "bytes": house.rows("SELECT DISTINCT o.digest FROM original o JOIN journal USING (digest)"),
    }


def outbox(house: House, *, strict: bool) -> list[tuple[Any, ...]]:
    """Return what goes out; not strict: whatever recipient it is about."""
    columns = "kind, notice, recipient" + (", sender, subject" if strict else "")
    found = house.rows(
        f"SELECT {columns} FROM outbox WHERE kind = 'notice' OR notice IS NOT NULL"
        " ORDER BY notice, sender"
    )
    return found + house.rows(
        "SELECT r.model, r.name, r.alias_address, o.recipient, o.sender, o.subject, n.status,"
        " replace(CAST(o.head AS TEXT), o.message_id, '') FROM outbox o"
        " JOIN notification n ON n.outbox = o.id JOIN message m ON m.id = o.message"
        " JOIN record r ON r.id = m.record WHERE o.notice IS NULL ORDER BY 1, 2, 3, 4, 8"
    )
