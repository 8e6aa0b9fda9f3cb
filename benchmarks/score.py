"""How well reports are read: per source, beside flufl.bounce alone. Exit 1 where a promise breaks.

The messages and what is expected of them are in the corpus beside the repository.
"""

from __future__ import annotations

import sys

from mail import scoring

PROMISES = (
    ("sisimai", "exact", 0.92, True),
    ("sisimai", "wrong", 0.01, False),
    ("flufl.bounce", "exact", 1.0, True),
)
"""Source, grade, share of the messages with known recipients, and whether that is the least."""


def main() -> int:
    """Print the tables, and return how the program ends."""
    scores = [scoring.score(source, compare=True) for source in scoring.REPORTS]
    alarms = scoring.alarms(compare=True)
    _recipients(scores)
    _kinds(scores)
    print(
        f"\nno reports: {alarms.messages} messages; taken for one by reading {len(alarms.read)}, "
        f"on the way in {len(alarms.accepted)}, by flufl.bounce {alarms.theirs} "
        f"(which raised at {alarms.raised})"
    )
    for score in scores:
        for line in score.wrong:
            print(f"  {score.source:14} {line}")
    return 0 if _kept(scores, alarms) else 1


def _recipients(scores: list[scoring.Score]) -> None:
    names = "".join(f"{name:>10}" for name in (*scoring.GRADES, "excepted", "raised"))
    print(f"{'failed recipients':32}{names}")
    for score in scores:
        for who, counts in (("mailgate", score.ours), ("flufl.bounce", score.theirs)):
            total = sum(counts[grade] for grade in (*scoring.GRADES, "raised"))
            if total:
                shares = "".join(f"{counts[g] / total:>10.1%}" for g in scoring.GRADES)
                rest = f"{counts['excepted']:>10}{counts['raised']:>10}"
                print(f"{score.source:14}{total:>4}  {who:12}{shares}{rest}")


def _kinds(scores: list[scoring.Score]) -> None:
    print(f"\n{'right of all':32}{'kind':>12}{'class':>12}{'recognised':>12}")
    for score in scores:
        counts = score.ours
        cells = [
            f"{counts[right]}/{counts[right] + counts[other]}"
            for right, other in (
                ("kind", "other kind"),
                ("class", "other class"),
                ("accepted as report", "not recognised"),
            )
        ]
        print(f"{score.source:14}{score.messages:>4}{'':14}" + "".join(f"{c:>12}" for c in cells))


def _kept(scores: list[scoring.Score], alarms: scoring.Alarms) -> bool:
    """Tell whether all promises are kept, and name those that are not."""
    by_source = {score.source: score for score in scores}
    broken = [
        f"{source}: {grade} {by_source[source].share(grade):.1%}, promised {share:.0%}"
        for source, grade, share, least in PROMISES
        if (by_source[source].share(grade) < share) == least
        and by_source[source].share(grade) != share
    ]
    broken += [f"taken for a report: {name}" for name in alarms.read + alarms.accepted]
    for line in broken:
        print(f"BROKEN  {line}")
    return not broken


if __name__ == "__main__":
    sys.exit(main())
