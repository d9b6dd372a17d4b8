"""Words for what is wrong with a claimed derivative: a table of mistakes that people make.

Each is asked whether it explains every wrong entry and contradicts no right one.  Nothing here measures, or
decides what is wrong; and where no hypothesis fits, nothing is said.  To add one, write a function in
`mistakes` or `places`, and a line in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from . import mistakes, places
from .evidence import Evidence, listed, restricted, wrong_part


@dataclass(frozen=True)
class Hypothesis:
    """One mistake: its name, the question that it answers, and a sentence if it fits.

    The questions: "how much" and "which" find two different explanations.  If neither does, "in places" is asked,
    and "where"; and "at least", if nothing is found.  The last two look at the whole Jacobian, the others at the
    inputs and results that have something wrong.
    """

    name: str
    question: str
    test: Callable[[Evidence], str | None]


def diagnose(evidence: Evidence) -> list[str]:
    """What went wrong, in at most three sentences, best first; [] where no hypothesis fits.

    >>> from tinygrad_edu.testing.measure.packing import Space
    >>> space = Space([np.ones(2)], ["x"])
    >>> J = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> no_error, wrong = np.zeros((2, 2)), np.ones((2, 2), bool)
    >>> diagnose(Evidence(-J, J, no_error, wrong, space, space, np.ones(2), np.ones(2)))
    ['The derivative by `x` has the wrong sign.']
    """
    if not evidence.wrong.any():
        return []
    with np.errstate(all="ignore"):
        if evidence.claimed.shape != (evidence.outputs.size, evidence.inputs.size):
            blind = replace(evidence, at=None)
            return _answers(blind, "how much") or _answers(blind, "in places")
        part = wrong_part(evidence)
        found = _for(evidence, part, _explanations(part))
        if not found:
            found = _for(evidence, part, _answers(part, "in places")) or _by_input(evidence, part)
            found += _answers(evidence, "where")
        return (found or _answers(evidence, "at least"))[:3]


def _by_input(whole: Evidence, part: Evidence) -> list[str]:
    """A sentence for each of several inputs, which may have a mistake each."""
    found: list[str] = []
    for k in range(len(part.inputs.names) if len(part.inputs.names) > 1 else 0):
        one = wrong_part(restricted(part, range(len(part.outputs.names)), [k]))
        found += _for(whole, one, (_explanations(one) or _answers(one, "in places"))[:1])
    return found


def _explanations(part: Evidence) -> list[str]:
    """The first that says how much the entries are off, and the first that says where they come from."""
    first, second = _answers(part, "how much"), _answers(part, "which")
    return [*first, *(f"Or else: {_continued(sentence)}" if first else sentence for sentence in second)]


def _for(whole: Evidence, part: Evidence, sentences: list[str]) -> list[str]:
    """Sentences about a part, with the results that it has if there are others."""
    if len(part.outputs.names) == len(whole.outputs.names):
        return sentences
    return [f"For {listed(part.outputs.names)} only: {_continued(sentence)}" for sentence in sentences]


def _continued(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _answers(evidence: Evidence, question: str) -> list[str]:
    for hypothesis in HYPOTHESES:
        if hypothesis.question == question and (sentence := hypothesis.test(evidence)):
            return [sentence]
    return []


HYPOTHESES = (
    Hypothesis("zero", "how much", mistakes.zero),
    Hypothesis("wrong sign", "how much", mistakes.wrong_sign),
    Hypothesis("factor of values", "how much", mistakes.factor_of_values),
    Hypothesis("constant factor", "how much", mistakes.constant_factor),
    Hypothesis("power", "how much", mistakes.power),
    Hypothesis("conjugated", "which", mistakes.conjugated),
    Hypothesis("imaginary part lost", "which", mistakes.imaginary_part_lost),
    Hypothesis("transposed", "which", mistakes.transposed),
    Hypothesis("swapped inputs", "which", mistakes.swapped_inputs),
    Hypothesis("axes swapped", "which", mistakes.axes_swapped),
    Hypothesis("symmetric part", "which", mistakes.symmetric_part),
    Hypothesis("reversed", "which", mistakes.reversed_order),
    Hypothesis("reversed kernel", "which", mistakes.reversed_kernel),
    Hypothesis("shifted", "which", mistakes.shifted),
    Hypothesis("permuted", "which", mistakes.permuted),
    Hypothesis("diagonal only", "which", mistakes.diagonal_only),
    Hypothesis("one slice of a broadcast", "which", mistakes.one_slice_of_a_broadcast),
    Hypothesis("one contribution", "which", mistakes.one_contribution),
    Hypothesis("input for output", "which", mistakes.input_for_output),
    Hypothesis("output for input", "which", mistakes.output_for_input),
    Hypothesis("cotangent ignored", "which", mistakes.cotangent_ignored),
    Hypothesis("summed too far", "which", mistakes.summed_too_far),
    Hypothesis("something else", "which", mistakes.something_else),
    Hypothesis("identity forgotten", "which", mistakes.identity_forgotten),
    Hypothesis("mean forgotten", "which", mistakes.mean_forgotten),
    Hypothesis("limited", "which", mistakes.limited),
    Hypothesis("not finite", "in places", mistakes.not_finite),
    Hypothesis("wrong sign in places", "in places", mistakes.wrong_sign_in_places),
    Hypothesis("zero in places", "in places", mistakes.zero_in_places),
    Hypothesis("not zero", "in places", mistakes.not_zero),
    Hypothesis("constant factor in places", "in places", mistakes.constant_factor_in_places),
    Hypothesis("a condition on inputs", "where", places.condition_on_inputs),
    Hypothesis("a condition on results", "where", places.condition_on_results),
    Hypothesis("one entry", "where", places.one_entry),
    Hypothesis("one element", "where", places.one_element),
    Hypothesis("some inputs only", "at least", places.some_inputs_only),
)
"""All mistakes that are known, best first among those that answer one question."""


__all__ = ["HYPOTHESES", "Evidence", "Hypothesis", "diagnose"]
