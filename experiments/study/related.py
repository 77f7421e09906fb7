"""Which of some targets is most like another: the one that a campaign could have learned on."""

from collections.abc import Sequence

from knowledge.chemistry import framework, parse

LEAST_SHARED = 2


def related(formulas: Sequence[str]) -> dict[str, str]:
    """The target to learn on, by target; those that have none are left out.

    Shared elements, beside oxygen and what gases hold, over all that either has.
    """
    elements = {f: frozenset(framework(parse(f))) - {"O"} for f in formulas}
    found = {}
    for formula, own in elements.items():
        likeness = {
            other: len(own & others) / len(own | others)
            for other, others in elements.items()
            if other != formula and len(own & others) >= LEAST_SHARED
        }
        if likeness:
            found[formula] = min(likeness, key=lambda other: (-likeness[other], other))
    return found
