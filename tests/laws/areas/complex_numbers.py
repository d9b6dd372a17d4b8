"""Complex numbers: their parts, their length and their angle."""

import math

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing.strategies import EVERYWHERE, arrays, real_or_complex, shapes, some_axis

from ..calls import call_of, optional, row_call
from ..samples import V

RIGHT_HALF = (0.25, 3.0)


def of_either(f, interval=EVERYWHERE):
    """Calls of a row on real or complex numbers."""
    return lambda op: arrays(interval=interval, dtype=real_or_complex()).map(lambda x: row_call(op, [x], f))


@st.composite
def lengths(draw, op):
    """Numbers away from 0, where the length has a kink."""
    x = draw(arrays(interval=RIGHT_HALF, dtype=real_or_complex()))
    return row_call(op, [draw(st.sampled_from([1.0, -1.0])) * x], np.absolute)


@st.composite
def angles(draw, op):
    """Numbers away from 0 and from the negative axis, where the angle jumps."""
    z = draw(arrays(interval=RIGHT_HALF, dtype=real_or_complex()))
    turned = draw(st.sampled_from([1.0, 1j, -1j])) * z if np.iscomplexobj(z) else z
    return row_call(op, [turned], np.angle, **draw(optional(deg=st.booleans())))


@st.composite
def phases(draw, op):
    """Angles whose steps are whole periods and less than 0.4 of one: no step is near a jump."""
    shape = draw(shapes(1))
    axis = draw(some_axis(shape))
    given = draw(optional(discont=st.sampled_from([None, 2.0, 3.5])))
    period = draw(st.sampled_from([2.0 * math.pi, 7.0]))
    turns = draw(arrays(shape, interval=(-64.0, 64.0)))
    part = draw(arrays(shape, interval=(-0.4, 0.4)))
    steps = period * (np.round(turns / 32.0) + part)
    if axis != -1:
        given["axis"] = axis
    if period == 7.0:
        given["period"] = period
    return row_call(op, [np.cumsum(steps, axis)], np.unwrap, **given)


@st.composite
def nearly_real(draw):
    """Numbers with imaginary parts, or with none to speak of: then they are constant to the last bit."""
    x = draw(arrays(interval=(0.5, 3.0), imaginary=(0.5, 3.0), dtype=real_or_complex()))
    return call_of(np.real_if_close, x)


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
