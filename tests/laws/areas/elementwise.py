"""What acts on each element alone, where its name and domain do not say it all."""

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special

from tinygrad_edu.testing.strategies import arrays, broadcastable, distinct, real_or_complex

from ..calls import ANY, Call, call_of, flat, in_its_dtype, optional
from ..samples import A, V

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def sinc_derivative(x, order):
    """The derivative of sinc, from sinc x = ∫ cos(πxt) dt over [0, 1], by Gauss and Legendre's rule."""
    t, x = 0.5 * (NODES + 1.0), np.asarray(x)
    wave = np.cos(math.pi * x.astype(float)[..., None] * t + order * math.pi / 2.0)
    return np.asarray((math.pi * t) ** order * wave @ (0.5 * WEIGHTS), x.dtype)


@st.composite
def sinc_derivative_calls(draw, op):
    """Scaled down: the numbers on the way are larger than the result, and so is their rounding."""
    order, x = draw(st.integers(1, 3)), draw(ANY.flatmap(arrays))
    scale = 0.1 * math.pi**-order
    settings = {"order": order}
    return Call(None, lambda x: scale * op(x, order=order), (x,), lambda x: scale * sinc_derivative(x, order), settings)


ELEMENTWISE_ORACLES = {
    "sigmoid": in_its_dtype(special.expit),
    "softplus": in_its_dtype(lambda x: np.logaddexp(0.0, x)),
    "silu": in_its_dtype(lambda x: x * special.expit(x)),
    "erf": in_its_dtype(special.erf),
    "gelu": in_its_dtype(lambda x: x * special.ndtr(np.asarray(x, float))),
    "unmasked": lambda t, like, g: t,
    "exponent": lambda x: np.frexp(x)[1],
    "fraction": lambda x: np.modf(x)[0],
    "sinc_derivative": sinc_derivative,
    "bessel_i": in_its_dtype(lambda x, order: special.iv(order, np.asarray(x, float))),
}

DOMAINS = {"copysign": (None, (-4.0, -0.25)), "nan_to_num": (None,)}
SETTINGS = {
    "sinc_derivative": st.fixed_dictionaries({"order": st.integers(1, 3)}),
    "bessel_i": st.fixed_dictionaries({"order": st.integers(1, 3)}),
    "round": optional(decimals=st.sampled_from([0, 1, -1])),
    "nan_to_num": optional(nan=st.just(2.0), posinf=st.just(1.0), neginf=st.just(-1.0)),
}
OFF_THE_KINK = {"absolute", "fabs", "copysign", "fmax", "fmin", "fraction"}
HIDES_DATA = {"ldexp", "heaviside", "unmasked"}
OUR_OWN = {
    "sigmoid",
    "softplus",
    "silu",
    "erf",
    "gelu",
    "exponent",
    "fraction",
    "sinc_derivative",
    "bessel_i",
    "unmasked",
}


# ---- rows of which one input is a constant here ------------------------------------------------------


@st.composite
def ldexp_calls(draw, op):
    """Powers of two, which are integers."""
    first, second = draw(broadcastable(2))
    powers = draw(hnp.arrays(int, second, elements=st.integers(-3, 3))) if second else draw(st.integers(-3, 3))
    return Call("ldexp", lambda x: op(x, powers), (draw(arrays(first)),), lambda x: np.ldexp(x, powers), powers)


@st.composite
def heaviside_calls(draw, op):
    """Places of the step, 0 among them."""
    first, second = draw(broadcastable(2))
    places = draw(hnp.arrays(int, first, elements=st.integers(-1, 1))) if first else draw(st.integers(-1, 1))
    places = places * 1.0
    return Call(
        "heaviside", lambda y: op(places, y), (draw(arrays(second)),), lambda y: np.heaviside(places, y), places
    )


@st.composite
def unmasked_calls(draw, op):
    """A product with an infinite slope somewhere, or nowhere, and cotangents of which some are 0."""
    shape = draw(ANY)
    t, like, g = draw(arrays(shape)), draw(arrays(shape)), draw(arrays(shape)) * 1.0
    g = np.where(np.greater(g, 0.0), g, 0.0) if shape else max(g, 0.0)
    if draw(st.booleans()) and np.size(like):
        like = np.full_like(like, np.inf) if shape else math.inf
    finite = np.all(np.isfinite(like))
    return Call(
        None, lambda t: op(t, like, g), (t,), lambda t: t if finite else np.where(g == 0.0, np.zeros_like(t), t)
    )


ROWS = {
    "ldexp": ldexp_calls,
    "unmasked": unmasked_calls,
    "heaviside": heaviside_calls,
    "sinc_derivative": sinc_derivative_calls,
}


# ---- functions written with rows ---------------------------------------------------------------------


def steps(f):
    """A step times its argument, between the steps, so that there is a slope."""
    return ANY.flatmap(distinct).map(lambda x: call_of(lambda x: x * (1.0 * f(x)), x + 0.035))


@st.composite
def interpolations(draw):
    """Interpolation at places off the knots, inside and outside, with the ends given or not, or on a circle."""
    n = draw(st.integers(1, 4))
    x = 2.0 * np.arange(n) + draw(arrays(n, interval=(-0.4, 0.4)))
    y = draw(arrays(n, dtype=real_or_complex()))
    knots = [0.75, 1.25, 2.75, 3.25, 4.75, 5.25, -1.5, 9.0]
    places = draw(ANY.flatmap(lambda shape: hnp.arrays(float, shape, elements=st.sampled_from(knots))))
    places = places if places.shape else places.item()
    settings = draw(
        st.just({"period": 17.0}) | optional(left=st.sampled_from([0.5, -1.0]), right=st.sampled_from([0.25, 2.0]))
    )
    return call_of(lambda at, x, y: np.interp(at, x, y, **settings), places, x, y)


@st.composite
def quotients(draw):
    """Numbers and divisors whose quotient is not near an integer."""
    first, second = draw(broadcastable(2))
    x, y = draw(arrays(first, interval=(-5.9, -5.4))), draw(arrays(second, interval=(2.05, 2.6)))
    return call_of(lambda x, y: flat(np.divmod(x, y)), x, y)


WRITTEN = {
    np.fix: steps(np.fix),
    np.around: arrays(interval=(-32.0, 32.0)).map(
        lambda tenths: call_of(lambda x: x * (1.0 * np.around(x, decimals=1)), 0.1 * tenths + 0.02)
    ),
    np.isposinf: steps(np.isposinf),
    np.isneginf: steps(np.isneginf),
    np.isreal: steps(np.isreal),
    np.iscomplex: arrays(dtype=real_or_complex()).map(
        lambda x: call_of(lambda x: x * (1.0 * np.iscomplex(x)), x + 0.035j)
    ),
    np.interp: interpolations(),
    np.modf: ANY.flatmap(distinct).map(lambda x: call_of(lambda x: flat(np.modf(x)), x + 0.035)),
    np.frexp: arrays(interval=(-3.9, -2.1)).map(lambda x: call_of(lambda x: flat(np.frexp(x)), x)),
    np.divmod: quotients(),
}

METHODS = {
    "round": [(), (1,), {"decimals": -1}, (2, None)],
}

NEEDED = {
    np.fix: (A,),
    np.round: (A,),
    np.around: (A,),
    np.isposinf: (A,),
    np.isneginf: (A,),
    np.isreal: (A,),
    np.iscomplex: (A,),
    np.interp: (V, np.array([-1.0, 0.5, 2.0]), V),
    np.nan_to_num: (A,),
    np.sinc: (A,),
    np.i0: (A,),
}

CANDIDATES = {
    "decimals": (1, -1),
    "left": (0.5, None),
    "right": (0.5, None),
    "period": (4.0, None),
    "nan": (1.0,),
    "posinf": (1.0, None),
    "neginf": (-1.0, None),
}
