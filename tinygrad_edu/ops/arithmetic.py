"""The chapter of arithmetic: + − × ÷ and kin.  Powers are in `elementary`."""

import math
import operator

import numpy as np

from ..kinds import elementwise
from .comparison import floor_divide, rint
from .domains import AWAY_FROM_ZERO

# fmt: off
add = elementwise(np.add,
    lambda g, out, x, y: g,
    lambda g, out, x, y: g,
    anything=operator.add, symbol="+", local=("1", "1"), singular=False, doc="x + y")

subtract = elementwise(np.subtract,
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g,
    anything=operator.sub, symbol="−", local=("1", "-1"), singular=False, doc="x − y")

multiply = elementwise(np.multiply,
    lambda g, out, x, y: g * y,
    lambda g, out, x, y: g * x,
    anything=operator.mul, symbol="×", local=("y", "x"), doc="x · y")

divide = elementwise(np.divide,
    lambda g, out, x, y: divide(g, y),
    lambda g, out, x, y: divide(-g * out, y),
    python=operator.truediv, symbol="÷", local=("1 / y", "-out / y"), domain=(None, AWAY_FROM_ZERO), doc="x / y")

remainder = elementwise(np.remainder,
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g * floor_divide(x, y),
    python=operator.mod, symbol="mod", local=("1", "-(x // y)"), domain=((0.25, 0.9), (1.0, 4.0)),
    doc="x − ⌊x / y⌋ · y, with the sign of y")

fmod = elementwise(np.fmod,
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g * rint(divide(x - out, y)),
    python=math.fmod, local=("1", "-rint((x - out) / y)"), domain=((-5.9, -5.4), (2.05, 2.6)),
    doc="x − n · y with x / y cut down to the integer n, with the sign of x")

fraction = elementwise(lambda x: np.modf(x)[0], lambda g, out, x: g, name="fraction",
    python=lambda x: math.modf(x)[0], local=("1",), singular=False, doc="what follows the point, with the sign of x")

ldexp = elementwise(np.ldexp, lambda g, out, x, y: ldexp(g, y), None,
    local=("2.0**y", None), doc="x · 2ʸ for integers y")

nextafter = elementwise(np.nextafter, lambda g, out, x, y: g, None,
    python=math.nextafter, local=("1", None), singular=False, doc="the next floating point number from x on the way to y")

negative = elementwise(np.negative, lambda g, out, x: -g,
    anything=operator.neg, local=("-1",), singular=False, doc="−x")

positive = elementwise(np.positive, lambda g, out, x: g,
    anything=operator.pos, local=("1",), singular=False, doc="+x")

reciprocal = elementwise(np.reciprocal, lambda g, out, x: -g * out * out,
    python=lambda x: 1.0 / x, local=("-out**2",), domain=(AWAY_FROM_ZERO,), doc="1 / x")

square = elementwise(np.square, lambda g, out, x: g * (2.0 * x),
    python=lambda x: x * x, local=("2 * x",), doc="x²")
# fmt: on
