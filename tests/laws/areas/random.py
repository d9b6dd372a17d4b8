"""Random numbers: a row draws what a generator of the same seed draws."""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing.strategies import arrays, shapes

from ..calls import Call

METHODS_OF_GENERATORS = st.sampled_from(["random", "standard_normal", "standard_exponential"])


@st.composite
def draw_calls(draw, op):
    """A method without data, or with bounds, which are data; the first input is there to be recorded."""
    seed, size = draw(st.integers(0, 1000)), draw(shapes())
    clock = draw(arrays(()))
    if draw(st.booleans()):
        given = {"low": draw(st.integers(-5, 0)), "high": draw(st.integers(1, 5))}
        settings = {"method": "integers", "size": size}
    else:
        given, settings = {}, {"method": draw(METHODS_OF_GENERATORS), "size": size}

    def function(clock):
        return op(clock, *given.values(), rng=np.random.default_rng(seed), names=tuple(given), **settings)

    def oracle(_):
        return getattr(np.random.default_rng(seed), settings["method"])(size=size, **given)

    return Call(None, function, (clock,), oracle, settings)


ROWS = {"draw": draw_calls}
OUR_OWN = {"draw"}
