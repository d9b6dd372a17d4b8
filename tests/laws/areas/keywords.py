"""Keywords that functions of several areas have."""

import numpy as np

CANDIDATES = {
    "axis": (0, -1, 1, (0, 1), None),
    "axes": ((1, 0), None, ([1], [0]), 0),
    "dtype": (np.float32, float, np.float16, None),
    "out": ("result", None),
    "order": ("F", "A", "C", "K"),
    "casting": ("unsafe", "no", "same_kind"),
    "subok": (True, False),
    "kwargs": (),
}
