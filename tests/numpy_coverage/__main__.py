"""The coverage table: `PYTHONPATH=tests python -m numpy_coverage`, with `--all` for a line a function.

Prints what is right, refused and wrong by tier, beside four other libraries.
"""

import sys
import warnings
from collections import Counter

from .examine import FUNCTIONS, examine

RIVALS = ("autograd", "mygrad", "jax", "torch")


def main(arguments):
    """Examine all functions, or those named, and print the table."""
    warnings.simplefilter("ignore")
    chosen = [a for a in arguments if not a.startswith("-")]
    names = [n for n in FUNCTIONS if not chosen or any(part in n for part in chosen)]
    outcomes = {name: examine(name) for name in names}
    for name, outcome in outcomes.items():
        if "--all" in arguments or outcome.status != "right":
            told = f"{outcome.failed}: {outcome.why[:160]}" if outcome.failed else outcome.why
            print(f"tier {FUNCTIONS[name]['tier']}  {outcome.status:8}{name:28}{told}")
    for tier in "123":
        these = [name for name in names if FUNCTIONS[name]["tier"] == tier and FUNCTIONS[name]["kind"] == "diff"]
        steps = [name for name in names if FUNCTIONS[name]["tier"] == tier and FUNCTIONS[name]["kind"] != "diff"]
        counts = Counter(outcomes[name].status for name in these)
        rest = Counter(outcomes[name].status for name in steps)
        others = ", ".join(f"{r} {sum(FUNCTIONS[n][r] == 'y' for n in these)}" for r in RIVALS)
        print(f"tier {tier}: {counts['right']} of {len(these)} right {dict(counts)}; of others: {others}")
        print(f"        without a derivative: {dict(rest)}")
    return int(any(outcome.status == "wrong" for outcome in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
