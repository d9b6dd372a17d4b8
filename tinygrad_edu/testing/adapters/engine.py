"""What there is to know about an engine before it is put to the test, and the engines that are known.

An `Engine` says how a function of that engine becomes a `Subject`, which namespace stands for `np` in the
text of a program, and what the engine offers at all.  One of your own is made the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..subject import Subject
from .loading import adapter
from .means import as_it_is


@dataclass(frozen=True)
class Engine:
    """An engine as the kit sees it.

    name       what it is called, in reports
    subject    from a function written in the engine's terms to a `Subject`
    namespace  what stands for `np` in a program, as `autograd.numpy`; None for an engine of scalars, whose
               programs are made of + − * / ** alone
    modes      "reverse", "forward": what is offered for functions without a rule of their own
    orders     the orders of derivatives that are offered
    scalar     whether arrays are arrays of the engine's scalars: `numpy.ndarray` of dtype object
    complex    whether complex numbers are differentiated
    array      from NumPy's data to a constant array of the engine

    >>> from tinygrad_edu.testing.adapters.by_hand import by_hand
    >>> Engine("none", by_hand, modes=(), orders=()).scalar
    False
    """

    name: str
    subject: Callable[[Callable[..., Any]], Subject]
    namespace: Any = None
    modes: tuple[str, ...] = ("reverse", "forward")
    orders: tuple[int, ...] = (1, 2)
    scalar: bool = False
    complex: bool = True
    array: Callable[[Any], Any] = as_it_is


KNOWN = {
    "tinygrad_edu": "own",
    "autograd": "hips",
    "mygrad": "mygrad",
    "torch": "torch",
    "jax": "jax",
    "micrograd": "micrograd",
}
"""Name → the module here that holds it, as ENGINE."""


def engine(name: str) -> Engine:
    """The engine of that name: "tinygrad_edu", "autograd", "mygrad", "torch", "jax" or "micrograd".

    >>> engine("tinygrad_edu").modes
    ('reverse', 'forward')

    Raises ValueError for another name, ImportError if its package is not installed.
    """
    if name not in KNOWN:
        raise ValueError(
            f"engine={name!r} is not known; it is one of {', '.join(KNOWN)}, or make an Engine of your own"
        )
    found: Engine = adapter(KNOWN[name], f"the engine {name!r}").ENGINE
    return found


__all__ = ["Engine", "engine"]
