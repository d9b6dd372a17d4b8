"""A rule whose answer is known: a function on plain data, what is claimed of its derivative, and where to look.

A specimen shows what a checker is worth.  It must find fault with every broken one, and accuse no correct
one.  The points come from a NumPy generator, so a measurement needs nothing but NumPy.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ..adapters.by_hand import by_hand
from ..subject import Subject

Rule = Callable[..., Any]

Sampler = Callable[[np.random.Generator], tuple[Any, ...]]
"""Draws the arguments of a function."""


@dataclass(frozen=True)
class Specimen:
    """A function with a rule for its derivative, right or wrong.

    name         what it is called
    family       the kind of fault, or of difficulty
    description  in a sentence: what is wrong, or why a naive checker accuses it
    draw(rng)    arguments at which the fault, or the difficulty, shows: floats, or arrays in floating point
    f(*args)     the function: a number, an array, or a tuple of them
    vjp(g, *args)        the claimed gradient, from a cotangent g like the result; a tuple if there are several
                         arguments
    jvp(t, *args)        the claimed change of the result, from a tangent; t is a tuple if there are several
    second(v, g, *args)  the claimed gradient with respect to `args` of the inner product of v and
                         vjp(g, *args), where v is like the gradient; its claim about g is jvp(v, *args)
    state()      makes what f and vjp are handed before everything else, for rules that remember something

    >>> double = Specimen("double", "formula", "The factor 2 is missing.", lambda rng: (rng.normal(size=3),),
    ...                   f=lambda x: 2.0 * x, vjp=lambda g, x: g)
    >>> [args] = double.draws(1)
    >>> double.subject().vjp(args, [np.ones(3)])
    [array([1., 1., 1.])]
    """

    name: str
    family: str
    description: str
    draw: Sampler
    f: Rule
    vjp: Rule
    jvp: Rule | None = None
    second: Rule | None = None
    state: Callable[[], Any] | None = None

    @property
    def order(self) -> int:
        """How many times it may be differentiated."""
        return 1 if self.second is None else 2

    def draws(self, count: int, seed: int = 0) -> Iterator[tuple[Any, ...]]:
        """`count` tuples of arguments: the same ones whenever it is asked with that seed."""
        for k in range(count):
            yield self.drawn(k, seed)

    def drawn(self, k: int, seed: int = 0) -> tuple[Any, ...]:
        """The arguments number k of `draws`, as new arrays."""
        return self.draw(np.random.default_rng([seed, zlib.crc32(self.name.encode()), k]))

    def fresh(self) -> Specimen:
        """The same, with a state of its own if it has any."""
        if self.state is None:
            return self
        state = self.state()
        return replace(self, f=partial(self.f, state), vjp=partial(self.vjp, state), state=None)

    def subject(self) -> Subject:
        """What a checker is handed: `check_gradients(specimen.subject(), *args)`."""
        rules = self.fresh()
        found = by_hand(rules.f, rules.vjp, rules.jvp, rules.second, name=self.name)
        return replace(found, spelled=f"te.testing.specimens.named({self.name!r}).subject()")


__all__ = ["Rule", "Sampler", "Specimen"]
