"""Functions of any engine as Subjects, by an adapter for each; see `Subject` for what that is.

`by_hand` takes a rule, `in_tinygrad`, `in_autograd`, `in_mygrad`, `in_torch` and `in_jax` a function written
for that engine, `in_tensors` and `in_scalars` one for a class with `data`, `grad` and `backward`.  They give
plain numbers and arrays to the function and take plain ones from it.

One convention for all: a mode that an engine does not have at all is None in the Subject.  One that it has,
but not for this function, raises NotImplementedError when it is asked for, and is then not held against it.
What else the function raises passes through as it is.

The others than `by_hand` are loaded when they are first asked for, and their engines with them.
"""

from typing import Any

from .by_hand import by_hand
from .engine import Engine, engine
from .loading import adapter

LATER = {
    "in_tinygrad": "own",
    "as_subject": "own",
    "in_autograd": "hips",
    "in_mygrad": "mygrad",
    "in_torch": "torch",
    "in_jax": "jax",
    "in_scalars": "scalars",
    "in_tensors": "tensors",
}
"""Name → the module here that has it."""


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(adapter(LATER[name], name), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *LATER})


__all__ = [
    "Engine", "as_subject", "by_hand", "engine", "in_autograd", "in_jax", "in_mygrad", "in_scalars", "in_tensors",
    "in_tinygrad", "in_torch",
]  # fmt: skip
