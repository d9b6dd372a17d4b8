"""Checks, which pass on what they were given."""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing.strategies import arrays, real_or_complex

from ..calls import row_call


def is_bounded(x, *others, most):
    """A check that everything drawn here passes."""
    assert all(np.all(np.abs(each) < most) for each in (x, *others))


def same(x, *_, **__):
    """The first argument."""
    return x


@st.composite
def checked_calls(draw, op):
    """A check of one thing, or of one and a constant beside it."""
    x = draw(arrays(dtype=real_or_complex()))
    return row_call(op, [x], same, check=is_bounded, most=1e3)


ROWS = {"checked": checked_calls}
OUR_OWN = {"checked"}
