"""The chapter of polynomials: their roots.  What is arithmetic of coefficients is in `bridge.polynomials`."""

import numpy as np

from ..kinds import general, shape_of
from .arithmetic import divide
from .elementary import power
from .index import getitem


def _roots_vjp(g, out, p):
    """∂r/∂pₖ = −rⁿ⁻ᵏ / P′(r): the implicit function theorem at P(r) = 0; infinite at a double root."""
    n = shape_of(p)[0] - 1
    powers = power(getitem(out, index=(slice(None), None)), np.arange(n, -1, -1))
    slope = getitem(powers, index=(slice(None), slice(1, None))) @ (
        getitem(p, index=(slice(0, n),)) * np.arange(n, 0, -1)
    )
    return -divide(g, slope) @ powers


roots = general(
    np.roots,
    _roots_vjp,
    name="roots",
    complex=True,
    doc="the roots of a polynomial, from its coefficients, the highest first",
)
