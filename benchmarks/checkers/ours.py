"""The checker of this package."""

from __future__ import annotations

from tinygrad_edu.testing.check import check_gradients
from tinygrad_edu.testing.measure.report import Verdict
from tinygrad_edu.testing.specimens import Specimen

from .contestant import Answer, Args, Asked, Outcome

OUTCOMES = {
    Verdict.PASS: Outcome.PASSED,
    Verdict.FAIL: Outcome.ACCUSED,
    Verdict.INCONCLUSIVE: Outcome.UNDECIDED,
}


def asked(specimen: Specimen) -> Asked:
    subject = specimen.subject()

    def ask(args: Args) -> Answer:
        report = check_gradients(subject, *args, order=specimen.order)
        return Answer(OUTCOMES[report.verdict], "" if report.verdict == Verdict.PASS else str(report))

    return ask
