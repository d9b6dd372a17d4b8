"""Every area's tables as one: how to call each row, and each of NumPy's functions and methods.

The modules of `areas` are found by themselves, so adding one changes nothing here.  An entry belongs to
one area: a row, function or method that two of them claim is an error.
"""

import pkgutil
from importlib import import_module

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.notation import OPS
from tinygrad_edu.testing.strategies import EVERYWHERE

from . import areas
from .calls import OFF_GRID, elementwise_calls

NAMES = sorted(module.name for module in pkgutil.iter_modules(areas.__path__))
AREAS = [import_module(f"{areas.__name__}.{name}") for name in NAMES]


def gathered(table, modules=AREAS):
    """The dictionaries named `table` as one; ValueError if two modules have the same key."""
    merged, owners = {}, {}
    for module in modules:
        for key, entry in getattr(module, table, {}).items():
            if key in owners:
                raise ValueError(f"{table} of {owners[key]} and of {module.__name__} both have {key!r}: keep one")
            merged[key], owners[key] = entry, module.__name__
    return merged


def united(table, modules=AREAS):
    """The sets named `table` as one."""
    return {name for module in modules for name in getattr(module, table, ())}


def concatenated(table, modules=AREAS):
    """The dictionaries of tuples named `table` as one, with the tuples of the same key one after another."""
    merged = {}
    for module in modules:
        for key, values in getattr(module, table, {}).items():
            merged[key] = merged.get(key, ()) + tuple(values)
    return merged


CALLS = gathered("ROWS")
ELEMENTWISE_ORACLES, DOMAINS, SETTINGS = gathered("ELEMENTWISE_ORACLES"), gathered("DOMAINS"), gathered("SETTINGS")
OFF_THE_KINK, OUR_OWN = united("OFF_THE_KINK"), united("OUR_OWN")
SEVERAL, HIDES_DATA, NO_HALF = united("SEVERAL"), united("HIDES_DATA"), united("NO_HALF")
WRITTEN, METHODS, PLAIN = gathered("WRITTEN"), gathered("METHODS"), gathered("PLAIN")
NEEDED, UNSIGNED, CANDIDATES = gathered("NEEDED"), gathered("UNSIGNED"), concatenated("CANDIDATES")


def is_elementwise(op):
    """Whether a row acts on each element alone."""
    return op.broadcasts


def oracle_of(op):
    """The definition of an elementwise row that its area gives, or NumPy's function of the same name."""
    return ELEMENTWISE_ORACLES.get(op.name) or getattr(np, op.name)


def intervals(op):
    """For each input of an elementwise row the interval it is drawn from."""
    given = DOMAINS.get(op.name) or op.domain or (None,) * len(op.vjps)
    return tuple(interval or EVERYWHERE for interval in given)


def calls_of(op):
    """Calls of a row of the table, in its domain and away from kinks; KeyError if no area says how."""
    if op.name in CALLS or not is_elementwise(op):
        return CALLS[op.name](op)
    moved = OFF_GRID if op.name in OFF_THE_KINK else 0.0
    return elementwise_calls(op, intervals(op), oracle_of(op), SETTINGS.get(op.name, st.just({})), moved)


OF_TUPLES = {"part", "bundle"}
"""Rows whose data are tuples: they serve operations with several results, and are tested with these."""


def rows(*, differentiable=None, elementwise=None):
    """The rows of the table, by name; or those that have a derivative, or act on elements, or not."""
    return [
        op
        for op in OPS.values()
        if op.name not in OF_TUPLES
        and differentiable in (None, not op.constant)
        and elementwise in (None, is_elementwise(op))
    ]
