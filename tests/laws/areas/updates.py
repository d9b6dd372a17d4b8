"""Elements replaced, and elements added to."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_edu.testing.strategies import arrays, real_or_complex, shapes

from ..calls import Call
from .indexing import indices, row_index


def update(oracle):
    """Calls of a row that puts `v` into `x` at an index, as `oracle(x, index, v)` does it in place."""

    @st.composite
    def calls(draw, op):
        shape = draw(shapes())
        index = draw(indices(shape))
        settled, positions = row_index(index)
        selected = np.shape(np.zeros(shape)[index])
        stretched = hnp.broadcastable_shapes(selected, max_dims=len(selected), min_side=0 if 0 in selected else 1)
        fits = stretched.filter(lambda s: np.broadcast_shapes(s, selected) == selected)
        x, v = draw(arrays(shape, dtype=real_or_complex())), draw(arrays(draw(st.just(()) | fits)))

        def changed(x, v):
            out = np.array(x)
            oracle(out, index, v)
            return out

        return Call(op.name, lambda x, v: op(x, v, *positions, index=settled), (x, v), changed, index)

    return calls


def assign(x, index, v):
    """x[index] = v"""
    x[index] = v


ROWS = {
    "replace": update(assign),
    "add_at": update(lambda x, index, v: np.add.at(x, index, v)),
}

OUR_OWN = set(ROWS)
HIDES_DATA = set(ROWS)
