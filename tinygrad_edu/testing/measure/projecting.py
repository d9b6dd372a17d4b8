"""Derivatives along directions: ⟨u, J·t⟩ as it is claimed and as it is measured.

One projection costs one measurement, whatever the size of the Jacobian.  One that fails is halved until a
single entry is left, so that the report can name it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...trees import is_container, leaves
from ..subject import Array, is_variable, variables
from .differences import Slopes, along_rows, weighted
from .measuring import Options, comparison, measured, transposed
from .point import Point
from .report import Comparison, Entry, Mark

PROJECTIONS = 4
"""Random directions that are tried where the Jacobian is too large to be looked at whole."""


Pairs = Sequence[tuple[Array, Array]]
"""Packed directions (u, t): a cotangent of the result and a tangent of the arguments."""


def measured_along(point: Point, pairs: Pairs, options: Options) -> Slopes:
    """J·t as it is measured for each pair: the same for every mode."""
    ts = np.array([t for _, t in pairs]).reshape(len(pairs), -1)
    found = measured(point, ts, options)
    return stated_at_kinks(point, ts, found, options) if isinstance(options.kinks, float) else found


def stated_at_kinks(point: Point, ts: Array, found: Slopes, options: Options) -> Slopes:
    """The same, with kinks seen from the axes: a share of the way from left to right is meant along each of them.

    Along a direction that goes down an axis, its left and right change places."""
    if not found.kink.any():
        return found
    axes = measured(point, np.eye(point.inputs.size), options)
    left, right = (
        weighted(np.where(axes.kink, side, axes.value).T, ts.T).T for side in (axes.left, axes.right)
    )  # fmt: skip
    return replace(found, left=np.where(found.kink, left, found.left), right=np.where(found.kink, right, found.right))


def along(point: Point, order: int, mode: str, pairs: Pairs, found: Slopes, options: Options) -> Comparison | None:
    """What is claimed along pairs, judged by what `measured_along` found; None if it came back in a wrong shape.

    In reverse mode an entry is one ⟨u, J·t⟩; in forward mode a column is one J·t, with all its coordinates."""
    if mode == "forward":
        tangents = [point.pushed(t) for _, t in pairs]
        if any(t is None for t in tangents):
            return None
        unit = np.nanmax(np.abs(found.value.T), axis=0, keepdims=True, initial=0.0)
        columns = tuple(named(f"t{k}", t, point.inputs) for k, (_, t) in enumerate(pairs))
        claimed = np.array(tangents).T.reshape(point.outputs.size, len(pairs))
        return comparison(point, order, mode, claimed, transposed(found), unit, options,
                          columns=columns, full=False)  # fmt: skip
    gradients = [point.pulled(u) for u, _ in pairs]
    if any(g is None for g in gradients):
        return None
    us = np.array([u for u, _ in pairs]).reshape(len(pairs), -1)
    whole = along_rows(found, us)
    if isinstance(options.kinks, float):  # left and right are those of the axes, and do not change places
        sides = (np.where(found.kink, side, found.value) for side in (found.left, found.right))
        whole = replace(whole, **dict(zip(("left", "right"), (weighted(side, us.T) for side in sides), strict=True)))
    whole = transposed(whole)
    claimed = np.array([[dot(g, t) for _, t in pairs] for g in gradients])
    unit = np.array([[float(np.abs(g) @ np.abs(t)) for _, t in pairs] for g in gradients])  # type: ignore[arg-type]
    rows = tuple(named(f"u{k}", u, point.outputs) for k, (u, _) in enumerate(pairs))
    columns = tuple(named(f"t{k}", t, point.inputs) for k, (_, t) in enumerate(pairs))
    return comparison(point, order, mode, claimed, whole, np.nan_to_num(unit), options,
                      rows=rows, columns=columns, full=False)  # fmt: skip


def dot(g: Array | None, t: Array) -> float:
    """⟨g, t⟩, where what `t` does not move does not count."""
    assert g is not None
    return float(np.sum(np.where(t == 0.0, 0.0, g * t)))


def named(letter: str, direction: Array, space: Any) -> str:
    """A direction in words: the coordinate, if it is along one."""
    moved = np.flatnonzero(direction)
    return space.where(int(moved[0])) if len(moved) == 1 else letter


def given_directions(point: Point, cotangent: Any, tangents: Any, seed: int) -> tuple[Array, Array]:
    """The caller's cotangent and tangents, packed; those left out are random.  ValueError if they do not fit."""
    rng = np.random.default_rng(seed)
    u, t = (rng.uniform(-1.0, 1.0, space.size) for space in (point.outputs, point.inputs))
    if cotangent is not None:
        u = point.outputs.pack_dual(fitting(cotangent, point.result, point.ys, "the cotangent", "the result"))
    if tangents is not None:
        tangents = tuple(tangents)
        if len(tangents) != len(point.args):
            raise ValueError(f"{len(tangents)} tangents for {len(point.args)} arguments: give one for each")
        tangents = [t if variables(arg) else arg for t, arg in zip(tangents, point.args, strict=True)]
        t = point.inputs.pack(fitting(tuple(tangents), point.args, point.xs, "tangents", "the arguments"))
    return u, t


def fitting(given: Any, like: Any, wanted: Sequence[Any], what: str, of: str) -> list[Any]:
    """The leaves of `given` that stand for the variables of `like`, which are `wanted`, in their shapes."""
    if is_container(like):
        places = [is_variable(x) for x in leaves(like)]
        found = leaves(given)
        if len(found) == len(places):
            found = [x for x, counts in zip(found, places, strict=True) if counts]
    else:
        found = [given]
    if [np.shape(x) for x in found] != [np.shape(x) for x in wanted]:
        raise ValueError(
            f"{what} must be like {of}, with the shapes {[np.shape(x) for x in wanted]}, "
            f"not {[np.shape(x) for x in found]}"
        )
    return found


# ---- from a projection to an entry -----------------------------------------------------------------------


def located(point: Point, part: Comparison, pairs: Sequence[tuple[Array, Array]], options: Options) -> Entry | None:
    """The entry that a failing projection comes from: its directions are halved, and the worse half kept."""
    i, j = (int(k) for k in np.argwhere(part.marks == Mark.FAIL)[0])
    u, t = pairs[i][0] if part.mode == "reverse" else np.eye(point.outputs.size)[i], pairs[j][1]

    def compared(u: Array, t: Array) -> Comparison:
        pairs = [(u, t)]
        again = along(point, part.order, part.mode, pairs, measured_along(point, pairs, options), options)
        return part if again is None else again

    def apart(u: Array, t: Array) -> float:
        found = compared(u, t)
        row = 0 if part.mode == "reverse" else i
        return float(np.nan_to_num(np.abs(found.claimed[row, 0] - found.numeric[row, 0])))

    t = halved(t, lambda half: apart(u, half))
    u = halved(u, lambda half: apart(half, t))
    return compared(u, t).worst


def halved(direction: Array, apart: Callable[[Array], float]) -> Array:
    """The coordinate of a direction that a difference comes from, found by bisection: as a direction of its own."""
    places = np.flatnonzero(direction)
    while len(places) > 1:
        halves = places[: len(places) // 2], places[len(places) // 2 :]
        parts = [np.where(np.isin(np.arange(direction.size), half), direction, 0.0) for half in halves]
        places = halves[int(np.argmax([apart(part) for part in parts]))]
    found = np.zeros_like(direction)
    found[places] = 1.0
    return found


__all__ = ["PROJECTIONS", "along", "given_directions", "located", "measured_along"]
