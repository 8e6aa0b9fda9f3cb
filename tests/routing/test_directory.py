"""What an address with a detail is: the exact local part goes before its base."""

from __future__ import annotations

import pytest
from routing.build import DOMAIN, OTHER, alias

from mailgate.routing.directory import Alias, Directory, Domain


def directory(domain: Domain, *aliases: Alias, delimiter: str = "-") -> Directory:
    """Return a directory of that domain and another."""
    return Directory(
        domains={domain.name: domain, "old.example": domain, OTHER.name: OTHER},
        aliases=aliases,
        delimiter=delimiter,
    )


@pytest.mark.parametrize("domain", ["example.com", "old.example"])
def test_a_special_address_may_be_the_other_one_with_a_detail(domain: str) -> None:
    first = directory(Domain(1, "example.com", "mail-all", "mail"))
    assert first.role(f"mail-all@{domain}") == "catchall"
    assert first.role(f"mail-all-x@{domain}") == "bounce"
    second = directory(Domain(1, "example.com", "mail", "mail-errors"))
    assert second.role(f"mail-errors@{domain}") == "bounce"
    assert second.role(f"mail-x@{domain}") == "catchall"


def test_an_alias_does_not_take_a_special_address_for_a_detail() -> None:
    found = directory(Domain(1, "example.com", "mail-all", "bounce"), alias(1, "mail"))
    assert found.aliases_for("mail-all@example.com") == ()
    assert found.role("mail-all@example.com") == "catchall"
    assert [a.id for a in found.aliases_for("mail-x@example.com")] == [1]
    assert found.role("mail-x@example.com") is None


def test_a_special_address_does_not_take_an_alias_for_a_detail() -> None:
    found = directory(DOMAIN, alias(1, "catchall-x"))
    assert found.role("catchall-x@example.com") is None
    assert [a.id for a in found.aliases_for("catchall-x@example.com")] == [1]
    assert found.role("catchall-y@example.com") == "catchall"


def test_nor_an_alias_of_another_domain() -> None:
    found = directory(DOMAIN, alias(1, "all-x"), alias(2, "catchall-x", domain=OTHER))
    assert found.role("all-x@example.net") == "catchall"
    assert found.role("catchall-x@example.com") == "catchall"


def test_a_redirected_domain_may_be_all_that_was_asked_for() -> None:
    found = Directory(domains={"old.example": DOMAIN}, aliases=(alias(1, "info"),))
    assert found.role("catchall+x@old.example") == "catchall"
    assert [a.id for a in found.aliases_for("info@old.example")] == [1]


@pytest.mark.parametrize("delimiter", ["", "+"])
def test_without_that_delimiter_there_is_no_detail(delimiter: str) -> None:
    found = directory(DOMAIN, alias(1, "info"), delimiter=delimiter)
    assert found.role("catchall-x@example.com") is None
    assert found.aliases_for("info-x@example.com") == ()
