"""Polynomials: values, roots, arithmetic, calculus and least squares."""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing.strategies import arrays, distinct, real_or_complex

from ..calls import OFF_GRID, call_of, flat, optional, row_call
from ..samples import A, V

COEFFICIENTS = st.integers(1, 4).map(lambda n: (n,))
PLACES = np.array([-1.0, 0.0, 0.5, 1.5, 2.0, 3.5])


def roots():
    """One to three, real or complex; the complex ones are no pairs, of which the polynomial would be real."""
    return arrays(st.integers(1, 3), dtype=real_or_complex()).map(
        lambda z: z + 1j * OFF_GRID if np.iscomplexobj(z) else z
    )


def polynomials(first=(0.5, 3.0)):
    """Coefficients, real or complex, the first of them away from 0."""
    return COEFFICIENTS.flatmap(lambda shape: arrays(shape, dtype=real_or_complex())).map(
        lambda p: np.concatenate([np.abs(p[:1]) + first[0], p[1:]])
    )


def pairs(f):
    """Two polynomials, or one and a number."""
    return st.tuples(polynomials(), polynomials() | arrays(())).map(lambda ps: call_of(f, *ps))


@st.composite
def root_calls(draw, op):
    """Polynomials whose roots are apart, 0 among them at times."""
    zeros = np.ravel(draw(st.integers(0, 3).flatmap(lambda n: distinct((n,), 1.5))))
    scale = draw(arrays((), interval=(0.5, 2.0)))
    return row_call(op, [scale * np.atleast_1d(np.poly(zeros + 0.7))], np.roots)


@st.composite
def values(draw):
    """A polynomial at a number, or an array of any shape."""
    return call_of(
        np.polyval,
        draw(polynomials()),
        draw(arrays(interval=(-1.5, 1.5), dtype=real_or_complex())),
    )


@st.composite
def derivatives(draw):
    """Derivatives of any order."""
    m = draw(st.integers(0, 5))
    return call_of(lambda p: np.polyder(p, m), draw(polynomials()))


@st.composite
def integrals(draw):
    """Integrals of any order, with constants or without."""
    m = draw(st.integers(0, 3))
    p = draw(polynomials())
    if draw(st.booleans()):
        return call_of(lambda p: np.polyint(p, m), p)
    if draw(st.booleans()):
        return call_of(lambda p, k: np.polyint(p, m, k=k), p, draw(arrays(())))
    return call_of(lambda p, k: np.polyint(p, m, k), p, draw(arrays((max(m, 1),))))


@st.composite
def quotients(draw):
    """Long division, with its remainder, none of whose coefficients is near 0."""
    quotient, v = draw(polynomials()), draw(polynomials())
    rest = 0.5 + np.abs(draw(arrays((len(v) - 1,))))
    u = np.convolve(quotient, v)
    u = np.concatenate([u[: len(quotient)], u[len(quotient) :] + rest])
    return call_of(lambda u, v: flat(np.polydiv(u, v)), u, v)


@st.composite
def vandermondes(draw):
    """The powers of a vector in either order."""
    x = draw(st.integers(0, 3).flatmap(lambda n: arrays((n,), dtype=real_or_complex())))
    settings = draw(optional(N=st.integers(0, 4), increasing=st.booleans()))
    return call_of(lambda x: np.vander(x, **settings), x)


@st.composite
def fits(draw):
    """Six points, one set of values or three, with weights or without."""
    x = PLACES + draw(arrays((6,), interval=(-0.1, 0.1)))
    y = draw(arrays((6,)) | arrays((6, 3)))
    deg = draw(st.integers(0, 3))
    if draw(st.booleans()):
        return call_of(lambda x, y: np.polyfit(x, y, deg), x, y)
    return call_of(lambda x, y, w: np.polyfit(x, y, deg, w=w), x, y, draw(arrays((6,), interval=(0.5, 2.0))))


ROWS = {"roots": root_calls}
NO_HALF = {"roots"}

WRITTEN = {
    np.polyval: values(),
    np.poly: roots().map(lambda z: call_of(np.poly, z)),
    np.polyadd: pairs(np.polyadd),
    np.polysub: pairs(np.polysub),
    np.polymul: st.tuples(polynomials(), polynomials()).map(lambda ps: call_of(np.polymul, *ps)),
    np.polydiv: quotients(),
    np.polyder: derivatives(),
    np.polyint: integrals(),
    np.vander: vandermondes(),
    np.polyfit: fits(),
}

NEEDED = {
    np.polyval: (V, A),
    np.poly: (V,),
    np.polyadd: (V, V),
    np.polysub: (V, V),
    np.polymul: (V, V),
    np.polydiv: (V, V[1:]),
    np.polyder: (V,),
    np.polyint: (V,),
    np.vander: (V,),
    np.roots: (V,),
    np.polyfit: (np.array([0.0, 1.0, 2.0, 4.0]), np.array([1.0, -1.0, 0.5, 2.0]), 1),
}

CANDIDATES = {
    "m": (2, 0),
    "k": (0.5,),
    "N": (2, 5),
    "increasing": (True,),
    "deg": (0, 2),
    "rcond": (1e-10, None),
    "full": (True,),
    "w": (np.array([1.0, 2.0, 1.0, 0.5]), None),
    "cov": (True, "unscaled"),
}
