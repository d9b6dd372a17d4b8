"""tinygrad_edu: an autograd engine that people can read, see, trust and use at speed.

A `Value` records the computation while it runs; one walk over the record gives its gradient.  Start
with `Value` and `backward`, then `grad` and its kin; `draw` and `steps` show the chain rule at work.
"""

from importlib import import_module
from typing import Any

from . import bridge, ops
from .bridge import array
from .bridge.updates import at
from .custom import checkpoint, custom_vjp
from .engine import Value
from .graph import scoped, steps
from .implicit import implicit
from .kinds import op
from .lines import located
from .ops import random
from .ops.comparison import leaky_relu, relu
from .ops.elementary import erf, gelu, sigmoid, silu, softplus
from .ops.reduce import log_softmax, logsumexp, softmax
from .ops.shape import stop_gradient
from .transforms import elementwise_grad, grad, hessian, hvp, jacobian, jvp, linearize, value_and_grad, vjp

__version__ = "0.1.0"

# What takes time to load, or needs an extra, is loaded when it is first asked for (PEP 562).
LATER = {
    "nn": ("nn", ""),
    "optim": ("optim", ""),
    "data": ("data", ""),
    "scipy": ("scipy", ""),
    "compile": ("compiler", "compile"),
    "draw": ("picture", "draw"),
    "save": ("saving", "save"),
    "load": ("saving", "load"),
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
    "Value", "array", "at", "bridge", "checkpoint", "compile", "custom_vjp", "data", "draw", "elementwise_grad",
    "erf", "gelu", "grad", "hessian", "hvp", "implicit", "jacobian", "jvp", "leaky_relu", "linearize", "load",
    "located", "log_softmax", "logsumexp", "nn", "op", "ops", "optim", "random", "relu", "save", "scipy", "scoped",
    "sigmoid", "silu", "softmax", "softplus", "steps", "stop_gradient", "value_and_grad", "vjp",
]  # fmt: skip
