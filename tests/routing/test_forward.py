"""Who gets copies of what comes in, as a table."""

from __future__ import annotations

import pytest
from routing.build import message

from mailgate.routing.forward import Follower, Lately, limit, obstacle, receivers

ANN = "ann@x.org"


def names(texts: str) -> list[Follower]:
    """Return followers: ``+`` internal, ``!`` suppressed, ``~`` ours, ``*`` of the alias."""
    return [
        Follower(
            text.strip("+!~*"),
            internal="+" in text,
            suppressed="!" in text,
            ours="~" in text,
            of_alias="*" in text,
        )
        for text in texts.split()
    ]


@pytest.mark.parametrize(
    ("followers", "stranger", "to", "why"),
    [
        ("bob carl", False, "bob carl", None),
        ("bob ann@x.org carl", False, "bob carl", None),
        ("bob bob", False, "bob", None),
        ("ann@x.org", False, "", None),
        ("", False, "", None),
        ("info~", False, "", None),
        ("info~ bob", False, "bob", None),
        ("bob! carl", False, "carl", None),
        ("bob!", False, "", "suppressed"),
        ("bob! info~ ann@x.org", False, "", "suppressed"),
        ("bob+ carl* dora", True, "bob carl", None),
        ("bob+! carl*! dora", True, "", "suppressed"),
        ("dora", True, "", "stranger"),
        ("ann@x.org+", True, "", None),
        ("info~*", True, "", None),
    ],
)
def test_receivers(followers: str, stranger: bool, to: str, why: str | None) -> None:
    found, reason = receivers(ANN, names(followers), stranger=stranger)
    assert found == tuple(to.split())
    assert (reason is None) == (why is None)
    assert reason is None or (why or "") in reason


@pytest.mark.parametrize(
    ("before", "most", "stopped"),
    [(0, 20, False), (19, 20, False), (20, 20, True), (500, 20, True), (500, 0, False)],
)
def test_the_limit_counts_the_first_message_too(before: int, most: int, stopped: bool) -> None:
    """Twenty are sent on: nineteen before it, and the twentieth."""
    assert (limit(ANN, Lately(before, most, 120)) is not None) == stopped


@pytest.mark.parametrize(
    ("extra", "loops", "ours", "why"),
    [
        ("", [], [], None),
        ("Auto-Submitted: auto-replied\n", [], [], "automatic answer"),
        ("X-Autoreply: yes\n", [], [], "automatic answer"),
        ("Auto-Submitted: auto-generated\n", [], [], None),
        ("List-Id: <l.x.org>\n", [], [], None),
        ("Precedence: bulk\n", [], [], None),
        ("", ["x.org"] * 30, [], None),
        ("", ["x.org"] * 31, [], "31 X-Loop fields"),
        ("", ["x.org", "example.com"], ["example.com"], "from here before"),
    ],
)
def test_what_is_sent_on_to_nobody(
    extra: str, loops: list[str], ours: list[str], why: str | None
) -> None:
    found = obstacle(message(extra), loops, ours, 30)
    assert (found is None) == (why is None)
    assert found is None or (why or "") in found
