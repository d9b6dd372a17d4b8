"""Complex numbers: their parts, their length and their angle."""

import math

import numpy as np
from hypothesis import strategies as st

from ..calls import ANY, call_of, optional, row_call
from ..numbers import complex_numbers, either, numbers, shapes, some_axis
from ..samples import V

RIGHT_HALF = (0.25, 3.0)


def of_either(f, interval=None):
    """Calls of a row on real or complex numbers."""
    return lambda op: ANY.flatmap(lambda shape: either(shape, interval)).map(lambda x: row_call(op, [x], f))


@st.composite
def lengths(draw, op):
    """Numbers away from 0, where the length has a kink."""
    shape = draw(ANY)
    x = draw(numbers(shape, RIGHT_HALF) | complex_numbers(shape, RIGHT_HALF))
    return row_call(op, [draw(st.sampled_from([1.0, -1.0])) * x], np.absolute)


@st.composite
def angles(draw, op):
    """Numbers away from 0 and from the negative axis, where the angle jumps."""
    shape = draw(ANY)
    z = draw(numbers(shape, RIGHT_HALF) | complex_numbers(shape, RIGHT_HALF))
    turned = draw(st.sampled_from([1.0, 1j, -1j])) * z if np.iscomplexobj(z) else z
    return row_call(op, [turned], np.angle, **draw(optional(deg=st.booleans())))


@st.composite
def phases(draw, op):
    """Angles whose steps are whole periods and less than 0.4 of one: no step is near a jump."""
    shape = draw(shapes(1))
    axis = draw(some_axis(shape))
    given = draw(optional(discont=st.sampled_from([None, 2.0, 3.5])))
    period = draw(st.sampled_from([2.0 * math.pi, 7.0]))
    turns = draw(numbers(shape, (-64.0, 64.0)))
    part = draw(numbers(shape, (-0.4, 0.4)))
    steps = period * (np.round(turns / 32.0) + part)
    if axis != -1:
        given["axis"] = axis
    if period == 7.0:
        given["period"] = period
    return row_call(op, [np.cumsum(steps, axis)], np.unwrap, **given)


@st.composite
def nearly_real(draw):
    """Numbers with imaginary parts, or with none to speak of: then they are constant to the last bit."""
    return call_of(np.real_if_close, draw(either(draw(ANY), (0.5, 3.0), (0.5, 3.0))))


ROWS = {
    "conjugate": of_either(np.conjugate),
    "real": of_either(np.real),
    "imag": of_either(np.imag),
    "absolute": lengths,
    "angle": angles,
    "unwrap": phases,
}

WRITTEN = {
    np.real_if_close: nearly_real(),
}

NEEDED = {
    np.real: (V,),
    np.imag: (V,),
    np.angle: (V,),
    np.unwrap: (5.0 * V,),
    np.real_if_close: (V,),
}

CANDIDATES = {
    "deg": (True, False),
    "discont": (4.0, None),
    "period": (5.0,),
    "tol": (10,),
}
