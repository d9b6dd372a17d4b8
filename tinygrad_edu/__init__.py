"""tinygrad_edu: an autograd engine that people can read, see, trust and use at speed.

A `Value` records the computation while it runs; one walk over the record gives its gradient.  Start
with `Value` and `backward`, then `grad` and its kin; `draw` and `steps` show the chain rule at work.
"""

from importlib import import_module
from typing import Any

from . import bridge, ops
from .bridge import array
from .engine import Value
from .graph import scoped, steps
from .kinds import op
from .ops.comparison import leaky_relu, relu
from .ops.elementary import erf, gelu, sigmoid, silu, softplus
from .ops.reduce import log_softmax, logsumexp, softmax
from .ops.shape import stop_gradient
from .transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__version__ = "0.1.0"

# What takes time to load, or needs an extra, is loaded when it is first asked for (PEP 562).
LATER = {
    "nn": ("nn", ""),
    "optim": ("optim", ""),
    "data": ("data", ""),
    "draw": ("picture", "draw"),
    "save": ("checkpoint", "save"),
    "load": ("checkpoint", "load"),
}


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = LATER[name]
    found = import_module(f".{module}", __name__)
    return getattr(found, attribute) if attribute else found


def __dir__() -> list[str]:
    return sorted({*globals(), *LATER})


__all__ = [
    "Value", "array", "bridge", "data", "draw", "erf", "gelu", "grad", "hessian", "hvp", "jacobian", "jvp",
    "leaky_relu", "load", "log_softmax", "logsumexp", "nn", "op", "ops", "optim", "relu", "save", "scoped",
    "sigmoid", "silu", "softmax", "softplus", "steps", "stop_gradient", "value_and_grad", "vjp",
]  # fmt: skip
