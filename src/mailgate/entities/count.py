"""Numbers with the word for what they count."""

from __future__ import annotations


def counted(number: int, word: str) -> str:
    """Return ``1 record`` or ``2 records``; an alias has aliases."""
    if number == 1:
        return f"1 {word}"
    return f"{number} {word}{'es' if word.endswith('s') else 's'}"
