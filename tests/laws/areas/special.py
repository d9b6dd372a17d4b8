"""SciPy's special functions: their oracles are SciPy's own, and the orders of families are drawn."""

import numpy as np
from hypothesis import strategies as st
from scipy import special

import tinygrad_edu.ops.special as chapter
from tinygrad_edu.engine import Op

STACKED = np.array([0.5, 2.0]).reshape(2, 1, 1, 1)  # two at once, beside anything that is drawn
ORDERS = {"v": (0, 1, 2, 0.5, 2.5, STACKED)}
SHAPE = (1.0, 0.75, 2.5, 3, STACKED)

FAMILIES = {
    **dict.fromkeys(("jv", "yv", "iv", "kv", "ive", "kve"), ORDERS),
    **{key: {"n": (0, 1, 3)} for key in ("yn", "kn")},
    **{key: {"a": SHAPE} for key in ("gammainc", "gammaincc", "gammaincinv", "gammainccinv")},
    **{key: {"a": SHAPE, "b": (1.0, 1.5, 2)} for key in ("betainc", "betaincc", "betaincinv", "betainccinv")},
    "polygamma": {"n": (0, 1, 2, STACKED.round())},
    "zeta": {"x": (1.5, 2, 3.0, STACKED + 1.0)},
    **{key: {"df": (1.0, 2, 4.5, STACKED)} for key in ("stdtr", "stdtrit")},
    **{key: {"k": (0, 1.5, 3, STACKED)} for key in ("pdtr", "pdtrc")},
    "hyp0f1": {"v": (0.5, 2, STACKED)},
    "hyp1f1": {"a": (0.5, 1, STACKED), "b": (1.5, 2)},
    "hyp2f1": {"a": (0.5, 1, STACKED), "b": (1.0, 2.5), "c": (2.0, 3.5)},
}
"""The arguments that have no derivative: they come first at SciPy's."""


def in_scipys_order(f, names):
    """SciPy's function, which takes the arguments `names` first and by position."""
    return lambda *xs, **settings: f(*(settings[name] for name in names), *xs)


NAMES = [x.name for x in vars(chapter).values() if isinstance(x, Op) and x.forward.__module__ == chapter.__name__]
SPELLED = {"bessel_i0": "i0"}

ELEMENTWISE_ORACLES = {
    name: in_scipys_order(getattr(special, SPELLED.get(name, name)), FAMILIES.get(name, ())) for name in NAMES
}
SETTINGS = {
    name: st.fixed_dictionaries({key: st.sampled_from(values) for key, values in family.items()})
    for name, family in FAMILIES.items()
}
DOMAINS = {
    "huber": ((1.04, 1.115), None),  # between two points of the grid
}
OFF_THE_KINK = {"ive", "i0e", "i1e"}
OUR_OWN = {"polygamma", "zeta"}
