"""The chapter of comparisons and choices: > == sign where maximum clip.

A comparison is a row without a derivative, so a replay of the record decides anew.  What happens at
a tie or a kink is stated in the conventions page, `docs/conventions.md`.
"""

import math
import operator
from typing import Any

import numpy as np

from ..kinds import elementwise
from ..payload import describe

# fmt: off
# ---- comparisons and other rows without a derivative -------------------------------------------------
greater       = elementwise(np.greater,       None, None, anything=operator.gt, symbol=">", doc="x > y")
greater_equal = elementwise(np.greater_equal, None, None, anything=operator.ge, symbol="≥", doc="x ≥ y")
less          = elementwise(np.less,          None, None, anything=operator.lt, symbol="<", doc="x < y")
less_equal    = elementwise(np.less_equal,    None, None, anything=operator.le, symbol="≤", doc="x ≤ y")
equal         = elementwise(np.equal,         None, None, anything=operator.eq, symbol="=", doc="x = y, element by element")
not_equal     = elementwise(np.not_equal,     None, None, anything=operator.ne, symbol="≠", doc="x ≠ y, element by element")
logical_and   = elementwise(np.logical_and,   None, None, symbol="∧", doc="both")
logical_or    = elementwise(np.logical_or,    None, None, symbol="∨", doc="either")
logical_xor   = elementwise(np.logical_xor,   None, None, symbol="⊻", doc="one but not the other")
logical_not   = elementwise(np.logical_not,   None, symbol="¬", doc="not x")
isnan         = elementwise(np.isnan,         None, doc="is it not a number?")
isinf         = elementwise(np.isinf,         None, doc="is it infinite?")
isfinite      = elementwise(np.isfinite,      None, doc="is it finite?")
signbit       = elementwise(np.signbit,       None, doc="is the sign bit set?")
sign          = elementwise(np.sign,          None, complex=False, doc="−1, 0 or 1")
floor         = elementwise(np.floor,         None, doc="the next integer below")
ceil          = elementwise(np.ceil,          None, doc="the next integer above")
trunc         = elementwise(np.trunc,         None, doc="the next integer towards 0")
rint          = elementwise(np.rint,          None, doc="the nearest integer")
spacing       = elementwise(np.spacing,       None, doc="the distance to the next floating point number")
round_        = elementwise(np.round,         None, anything=lambda x, decimals=0: np.round(x, decimals), name="round",
    complex=True, arguments="a, decimals=0, out", doc="rounded to some decimal places")
exponent      = elementwise(lambda x: np.frexp(x)[1], None, name="exponent", doc="the integer e in x = m · 2ᵉ with ½ ≤ |m| < 1")
floor_divide  = elementwise(np.floor_divide,  None, None, python=operator.floordiv, symbol="//", doc="⌊x / y⌋")
# fmt: on


# ---- choices -----------------------------------------------------------------------------------------


def choose(condition: Any, x: Any, y: Any) -> Any:
    """`x` where the condition holds, else `y`; for floats and arrays."""
    if type(x) is float and type(y) is float and type(condition) in (bool, float):
        return x if condition else y
    if type(condition) is np.ndarray and condition.size >= MANY:
        chosen = chosen_by_bits(condition, x, y)
        if chosen is not None:
            return chosen
    return np.where(condition, x, y)


MANY = 1 << 12
"""From so many elements on, a choice between floats is made with their bits: np.where jumps for each element, and
takes up to fifty times as long where the processor cannot guess the condition.  The result is the same to the bit."""


def chosen_by_bits(condition: Any, x: Any, y: Any) -> Any:
    """`x` where the condition holds, else `y`: floats in arrays of one kind, or an array and 0; None for all else."""
    array = x if type(x) is np.ndarray else y
    bits = INTEGERS.get(array.dtype.char) if type(array) is np.ndarray and array.dtype.isnative else None
    if bits is None or condition.dtype.char != "?" or not all(fits_in(a, array, condition) for a in (x, y)):
        return None
    mask = np.subtract(0, condition, dtype=bits)  # all bits set where the condition holds, none elsewhere
    if type(x) is float:
        mask = np.bitwise_and(y.view(bits), np.invert(mask, out=mask), out=mask)
    elif type(y) is float:
        mask = np.bitwise_and(x.view(bits), mask, out=mask)
    else:
        mask &= np.bitwise_xor(x.view(bits), y.view(bits))
        mask ^= y.view(bits)  # y, or y ^ (x ^ y), which is x
    return mask.view(array.dtype)


def fits_in(a: Any, array: Any, condition: Any) -> bool:
    """Whether one side of a choice is an array as the others are, or a 0 without a bit set."""
    if type(a) is np.ndarray:
        return a.dtype is array.dtype and a.shape == condition.shape
    return type(a) is float and a == 0.0 and math.copysign(1.0, a) > 0.0


INTEGERS: dict[str, np.dtype[Any]] = {"f": np.dtype(np.int32), "d": np.dtype(np.int64)}


where = elementwise(
    np.where,
    None,
    lambda g, out, condition, x, y: where(condition, g, 0.0),
    lambda g, out, condition, x, y: where(condition, 0.0, g),
    anything=choose,
    singular=False,
    selects=True,
    complex=True,
    arguments="condition, x, y",
    doc="x where the condition holds, y elsewhere",
)


def halved_at_ties(g, better, x, y):
    """`g` where `better(x, y)`, half of it where x = y, else 0."""
    return where(better(x, y), g, where(equal(x, y), 0.5 * g, 0.0))


def past_infinity(t, like, g):
    """`t`, but 0 where `like` is infinite or nan and `g` is 0."""
    if math.isfinite(abs(np.vdot(like, like))):
        return t
    return choose(np.isfinite(like) | (g != 0.0), t, 0.0)


def float_extreme(numpy, python):
    """max or min of two floats, where a nan wins as it does in NumPy."""

    def forward(x, y):
        out = python(x, y)
        return out if x == x and y == y else numpy(x, y).item()

    return forward


def above(x, y):
    """x > y, where any number is above nan."""
    return logical_or(greater(x, y), less(isnan(x), isnan(y)))


def below(x, y):
    """x < y, where any number is below nan."""
    return logical_or(less(x, y), less(isnan(x), isnan(y)))


def rectified(x):
    """max(x, 0) of real numbers."""
    if type(x) is float and x == x:
        return max(0.0, x)  # of −0 too, as NumPy has it
    return np.maximum(of_reals(x), 0.0)


def leaky_rectified(x, slope=0.01):
    """x where positive, slope · x elsewhere, for real numbers."""
    return np.where(of_reals(x) > 0.0, x, slope * x)


def of_reals(x):
    """`x` itself, for a function that has no meaning here for complex numbers."""
    if (x if type(x) is np.ndarray else np.asarray(x)).dtype.kind == "c":
        raise TypeError(f"real numbers are needed here, not {describe(x)}; take np.real(x), np.imag(x) or np.abs(x)")
    return x


def clip_to(x, low, high):
    """`x` moved into [low, high]; None is no bound."""
    if type(x) is type(low) is type(high) is float and low <= x <= high:
        return x
    return np.clip(x, low, high)


# fmt: off
unmasked = elementwise(past_infinity, lambda u, out, t, like, g: unmasked(u, like, g), None, None, name="unmasked",
    selects=True, singular=False, complex=True, local=("1", None, None), doc="t, but 0 where g is 0 and `like` infinite: what a walk makes of 0 · ∞ past a selection")

maximum = elementwise(np.maximum,
    lambda g, out, x, y: halved_at_ties(g, greater, x, y),
    lambda g, out, x, y: halved_at_ties(g, less, x, y),
    python=float_extreme(np.maximum, max), selects=True, singular=False, complex=False, doc="the larger of x and y")

minimum = elementwise(np.minimum,
    lambda g, out, x, y: halved_at_ties(g, less, x, y),
    lambda g, out, x, y: halved_at_ties(g, greater, x, y),
    python=float_extreme(np.minimum, min), selects=True, singular=False, complex=False, doc="the smaller of x and y")

fmax = elementwise(np.fmax,
    lambda g, out, x, y: halved_at_ties(g, above, x, y),
    lambda g, out, x, y: halved_at_ties(g, above, y, x),
    python=float_extreme(np.fmax, max), selects=True, singular=False, complex=False, doc="the larger of x and y, or the one that is not nan")

fmin = elementwise(np.fmin,
    lambda g, out, x, y: halved_at_ties(g, below, x, y),
    lambda g, out, x, y: halved_at_ties(g, below, y, x),
    python=float_extreme(np.fmin, min), selects=True, singular=False, complex=False, doc="the smaller of x and y, or the one that is not nan")

clip = elementwise(np.clip,
    lambda g, out, x, low, high: where(logical_and(greater_equal(x, low), less_equal(x, high)), g, 0.0),
    lambda g, out, x, low, high: where(logical_and(less(x, low), less_equal(low, high)), g, 0.0),
    lambda g, out, x, low, high: where(greater(maximum(x, low), high), g, 0.0),
    anything=clip_to, selects=True, singular=False, spelled=False, doc="x moved into [low, high]")

fabs = elementwise(np.fabs, lambda g, out, x: g * sign(x),
    python=math.fabs, local=("sign(x)",), singular=False, doc="|x|")

copysign = elementwise(np.copysign, lambda g, out, x, y: g * (sign(x) * copysign(1.0, y)), None,
    python=math.copysign, local=("sign(x) * copysign(1, y)", None), singular=False, doc="|x| with the sign of y")

heaviside = elementwise(np.heaviside, None, lambda g, out, x, y: where(equal(x, 0.0), g, 0.0),
    local=(None, "(x == 0)"), selects=True, singular=False, doc="the step: 0 where x < 0, 1 where x > 0, y at 0")

relu = elementwise(np.maximum, lambda g, out, x: where(out > 0.0, g, 0.0), name="relu", spelled=False, anything=rectified,
    into=lambda x, out: np.maximum(x, 0.0, out=out),
    selects=True, singular=False, complex=False, local=("(x > 0)",), doc="max(x, 0): the rectifier")

leaky_relu = elementwise(np.maximum, lambda g, out, x, slope=0.01: where(greater(x, 0.0), g, slope * g), name="leaky_relu",
    anything=leaky_rectified, spelled=False,
    selects=True, singular=False, complex=False, doc="x where positive, slope · x elsewhere (Maas et al. 2013)")
# fmt: on
