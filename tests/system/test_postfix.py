"""What only Postfix does, or says in words of its own."""

from __future__ import annotations

import re
import smtplib

import pytest
from system.gateway import letter
from system.mta import Mta

pytestmark = pytest.mark.root


def test_the_bounce_has_the_status_of_our_line(postfix: Mta, sender: str) -> None:
    postfix.send(sender, "nobody@example.com", letter(sender).as_bytes())
    assert "Status: 5.1.1" in postfix.wait_bounce(sender)


def test_the_journal_s_queue_id_finds_the_log_s_line(postfix: Mta, sender: str) -> None:
    postfix.send(sender, "info@example.com", letter(sender).as_bytes())
    postfix.gateway.wait_record(sender)
    postfix.wait_empty()
    (entry,) = postfix.gateway.journal(sender)
    assert f"{entry['queue_id']}: to=<info@example.com>, relay=mailgate" in postfix.log()


def test_an_address_that_would_look_like_an_option_is_refused(postfix: Mta, sender: str) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        postfix.send(sender, "--dry-run@example.com", letter(sender).as_bytes())
    with pytest.raises(smtplib.SMTPSenderRefused):
        postfix.send("--dry-run@src.test", "info@example.com", letter(sender).as_bytes())


def test_nothing_in_the_log_of_a_start_asks_for_attention(postfix: Mta) -> None:
    warnings = re.findall(r"(?:warning|error|fatal|panic): (.*)", postfix.log().split("smtpd")[0])
    # That the tests' quick retries come after the example's own.
    assert [line for line in warnings if "overriding earlier entry" not in line] == []
