"""The method of MyGrad's test suite, on plain NumPy: see `contestant.CHECKERS` for where it comes from.

It was written for operations of MyGrad in double precision, with one result, and for their gradient alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.testing.specimens import Specimen

from .contestant import Answer, Args, Asked, Outcome, Unfit, has_several_results, is_complex, low_precision

COMPLEX_STEP, STEP = 1e-20, 1e-8
TIGHT, LOOSE = 1e-8, 1e-4
"""Of complex steps, and of central differences."""


def asked(specimen: Specimen) -> Asked:
    for unfit, why in (
        (is_complex(specimen), "complex numbers are not differentiated"),
        (low_precision(specimen), "everything is in double precision"),
        (has_several_results(specimen), "an operation has one result"),
        (specimen.jvp is not None, "there is no forward mode and no second derivative"),
    ):
        if unfit:
            raise Unfit(why)
    rules, rng = specimen.fresh(), np.random.default_rng(0)

    def ask(args: Args) -> Answer:
        xs = [np.array(x) for x in args]
        before = [x.copy() for x in xs]
        g = rng.uniform(-10.0, 10.0, size=np.shape(rules.f(*xs)))
        given = g.copy()
        found = rules.vjp(g, *xs)
        found = list(found) if isinstance(found, tuple) else [found]
        if complaint := manners(xs, before, g, given):
            return Answer(Outcome.ACCUSED, complaint)
        ways = (complex_steps(rules.f, xs, given), TIGHT), (differences(rules.f, xs, given), LOOSE)
        fits = [true is not None and all(map(close, found, true, [most] * len(xs))) for true, most in ways]
        return Answer(Outcome.PASSED) if any(fits) else Answer(Outcome.ACCUSED, "the derivatives do not match")

    return ask


def manners(xs: Any, before: Any, g: Any, given: Any) -> str:
    """What its test suite asks of arrays, as far as MyGrad itself does not see to it."""
    if not all(np.array_equal(x, y) for x, y in zip(xs, before, strict=True)):
        return "an input was mutated during backward prop"
    return "" if np.array_equal(g, given) else "`grad` was mutated during backward prop"


def close(a: Any, b: Any, most: float) -> bool:
    """As `numpy.testing.assert_allclose`, which takes no other shape."""
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=most, atol=most, equal_nan=True))


def complex_steps(f: Any, xs: Any, g: Any) -> Any:
    """The gradients by complex steps, or None if `f` does not take complex numbers and give them."""

    def slope(at: Any, k: int, index: Any) -> Any:
        at[k][index] += 1j * COMPLEX_STEP
        y = f(*at)
        if not np.iscomplexobj(y):
            raise TypeError("the imaginary part is lost")
        return y.imag / COMPLEX_STEP

    try:
        return by_element([x.astype(complex) for x in xs], slope, g)
    except TypeError:
        return None


def differences(f: Any, xs: Any, g: Any) -> Any:
    """The gradients by central differences."""

    def slope(at: Any, k: int, index: Any) -> Any:
        behind = [x.copy() for x in at]
        at[k][index] += STEP
        behind[k][index] -= STEP
        return (f(*at) - f(*behind)) / (2.0 * STEP)

    return by_element(xs, slope, g)


def by_element(xs: Any, slope: Callable[..., Any], g: Any) -> list[Any]:
    """For each element of each array: its slope at that point, summed up with the cotangent."""
    found = [np.empty(x.shape) for x in xs]
    for k, x in enumerate(xs):
        for index in np.ndindex(x.shape):
            found[k][index] = np.sum(g * slope([x.copy() for x in xs], k, index))
    return found
