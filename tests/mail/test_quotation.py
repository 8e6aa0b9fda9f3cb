"""The answer in a reply, apart from what it quotes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail import quotation

ANSWERS = [
    ("Yes.\n\nOn Mon, 2 Nov 2026 at 10:00, Ann <a@x.example> wrote:\n> Coming?\n", "Yes."),
    ("Yes.\n\nOn Mon, 2 Nov 2026 at 10:00, Ann <a@x.example>\nwrote:\n\n> Coming?\n", "Yes."),
    ("Ja.\n\nAm 02.11.2026 um 10:00 schrieb Ann:\n> Kommst du?\n", "Ja."),
    ("Ja.\n\nAnn <a@x.example> schrieb am Mo., 2. Nov. 2026 um\n10:00 Uhr:\n> Na?\n", "Ja."),
    ("Oui.\n\nLe 2 nov. 2026 à 10:00, Ann <a@x.example> a écrit :\n> Et ?\n", "Oui."),
    ("Sí.\n\nEl lun, 2 nov 2026 a las 10:00, Ann (<a@x.example>) escribió:\n> ¿Y?\n", "Sí."),
    ("Да.\n\n2 ноября 2026 г., 10:00 пользователь Ann <a@x.example> написал:\n> И?\n", "Да."),
    ("はい。\n\n2026年11月2日(月) 10:00 Ann <a@x.example>:\n> 来る？\n", "はい。"),
    ("Yes.\n\n-----Original Message-----\nFrom: Ann\nSent: today\n\nComing?\n", "Yes."),
    (
        "Ja.\n\n____________\nVon: Ann\nGesendet: heute\nAn: Bo\nBetreff: x\n\nNa?",
        "Ja.",
    ),
    ("Yes.\n\nFrom: Ann <a@x.example>\nDate: today\nTo: Bo\nSubject: x\n\nComing?\n", "Yes."),
    ("Yes.\n-- \nBo\nBo Ltd\n", "Yes."),
    ("Yes.\n\nSent from my iPhone\n", "Yes."),
    ("Yes.\n\nSent from my iPhone\n\nOn 2 Nov 2026, at 10:00, Ann wrote:\n\n> Hm?\n", "Yes."),
    ("Yes.\n_______________\nthings mailing list\nhttp://x.example/listinfo/things\n", "Yes."),
    ("On 2 Nov 2026, Ann wrote:\n> Coming?\n\nYes.\n", "Yes."),
    ("> One?\nYes.\n> Two?\nNo.\n", "> One?\nYes.\n> Two?\nNo."),
    ("Hi,\n\n> One?\n\nYes.\n\n> Two?\n\nNo.\n\n> Bye\n", "Hi,\n\n> One?\n\nYes.\n\n> Two?\n\nNo."),
    ("> only\n> quoted\n", "> only\n> quoted\n"),
    ("-- \nonly a signature\n", "-- \nonly a signature"),
    ("He wrote:\nnothing at all.\n", "He wrote:\nnothing at all."),
    ("The list:\n- milk\n- Eggs\n", "The list:\n- milk\n- Eggs"),
    ("From: here to there\nit is far.", "From: here to there\nit is far."),
    ("", ""),
]


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_the_answer_is_what_the_sender_wrote(text: str, answer: str) -> None:
    assert quotation.reply(text) == answer


def test_only_the_first_64_kilobytes_are_looked_at() -> None:
    assert quotation.reply("yes\n> no\n" + "> no\n" * 100_000) == "yes"


PIECES = [
    ">",
    "> a\n",
    "On ",
    "wrote:\n",
    "-- \n",
    "a\n",
    "From: x\nTo: y\n",
    "On 1 2 2012 <a@b>\n",
]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("end", ["", "\n> x\n"])
def test_sixty_four_kilobytes_of_anything_take_little_time(piece: str, end: str) -> None:
    start = time.process_time()
    quotation.reply(piece * (65_536 // len(piece) - 9) + end)
    assert time.process_time() - start < 2


lines = st.lists(
    st.one_of(
        st.sampled_from(["> a", "", "On 2 Nov 2026, A <a@b.example> wrote:", "-- ", "From: a"]),
        st.sampled_from(["To: a", "Subject: b", "-----Original Message-----", "wrote:", "____"]),
        st.text(st.characters(codec="utf-8"), max_size=20),
    ),
    max_size=20,
).map("\n".join)


@given(lines)
def test_an_answer_is_never_empty_where_the_text_is_not(text: str) -> None:
    answer = quotation.reply(text)
    assert bool(answer.strip()) == bool(text.strip())
