"""The chapter of complex numbers and their angles: conjugate, real, imag, absolute, angle, unwrap.

The convention is that of HIPS autograd and JAX: the gradient of a real result in z = x + iy is
∂f/∂x − i ∂f/∂y, so a holomorphic function is differentiated as a real one is, without a conjugate.
Written so, these rules serve forward mode as well, because the engine takes the real part of
whatever flows into a real number.
"""

import math
from typing import Any

import numpy as np

from ..kinds import elementwise, general, is_complex
from .arithmetic import divide
from .comparison import equal, sign, where

DEGREES = 180.0 / math.pi


def conjugated(x: Any) -> Any:
    """The complex conjugate; of a real number, the number itself and nothing to record."""
    return conjugate(x) if is_complex(x) else x


def slope_of_absolute(x, out):
    """∂|x|/∂x: the sign of a real number, the conjugate of the direction of a complex one; 0 at 0."""
    return divide(conjugate(x), where(equal(out, 0.0), math.inf, out)) if is_complex(x) else sign(x)


# fmt: off
conjugate = elementwise(np.conjugate, lambda g, out, x: conjugate(g), singular=False, doc="the complex conjugate")
real = elementwise(np.real, lambda g, out, x: g, complex=True, singular=False, arguments="val", doc="the real part")
imag = elementwise(np.imag, lambda g, out, x: -1j * g if is_complex(x) else 0.0 * g, complex=True, singular=False, arguments="val", doc="the imaginary part")
angle = elementwise(np.angle, lambda g, out, z, deg=False: divide(-1j * g * (DEGREES if deg else 1.0), z) if is_complex(z) else 0.0 * g,
    anything=lambda z, deg=False: np.angle(z, deg=deg), complex=True, arguments="z, deg=False",
    doc="the angle of a complex number in the plane: in radians, or with `deg` in degrees")
unwrap = general(lambda p, discont=None, axis=-1, period=2.0 * math.pi: np.unwrap(p, discont, axis, period=period),
    lambda g, out, p, **settings: g,
    numpy=np.unwrap, name="unwrap", arguments=f"p, discont, axis=-1, period={2.0 * math.pi}",
    doc="angles along an axis without jumps: whole periods are added, which has no derivative")
absolute = elementwise(np.absolute, lambda g, out, x: g * slope_of_absolute(x, out),
    python=abs, local=("sign(x)",), singular=False, doc="|x|")
# fmt: on
