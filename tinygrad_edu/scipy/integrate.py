"""Ordinary differential equations: `odeint` under SciPy's name, differentiable in everything.

Each interval between two times is cut into steps of the method of Dormand and Prince (the pair of orders 5
and 4 that `scipy.integrate.RK45` uses), written with rows.  How long the steps are is chosen on plain numbers and
is constant, so the gradient is the exact derivative of the numbers computed, to any order.  An explicit
method: a stiff system takes very many steps, and is refused when they are too many.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate as scipy_integrate

from ..bridge.creation import array
from ..bridge.spelling import unwrapped
from ..engine import Value
from ..notation import LEAVE, refuse

__all__ = ["odeint"]

STAGES = (
    np.array([1 / 5]),
    np.array([3 / 40, 9 / 40]),
    np.array([44 / 45, -56 / 15, 32 / 9]),
    np.array([19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729]),
    np.array([9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656]),
    np.array([35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]),
)
"""J. R. Dormand and P. J. Prince, "A family of embedded Runge-Kutta formulae", 1980: row i weighs the slopes
known so far to find the place where slope i + 1 is taken.  The last place is the result."""

PLACES = (1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
ERROR = np.array([-71 / 57600, 0.0, 71 / 16695, -71 / 1920, 17253 / 339200, -22 / 525, 1 / 40])
"""The weights of the slopes in the difference of the results of order 4 and order 5."""

DEFAULT_TOLERANCE = 1.49012e-8
MOST_STEPS = 10_000
SCIPYS = inspect.signature(scipy_integrate.odeint).parameters


def odeint(
    func: Callable[..., Any],
    y0: Any,
    t: Any,
    args: tuple[Any, ...] = (),
    rtol: Any = None,
    atol: Any = None,
    mxstep: int = 0,
    tfirst: bool = False,
    **others: Any,
) -> Any:
    """The solution of dy/dt = func(y, t, *args) from `y0` at `t[0]`, at all the times `t`: a row for each.

    `y0` is a number or a vector; `t` a vector of times in order, ascending or descending.  `func` returns
    the slope as a vector, a list or a number; with `tfirst` it is called as func(t, y, *args).  The result
    of shape (len(t), len(y0)) is differentiable in `y0`, `t` and whatever `func` computes with: `args`,
    which may be Values, and Values that it closes over.  Of a step the estimated error is at most
    rtol · |y| + atol in the mean over the components; both are 1.49e-8 unless given, as at SciPy's.

    >>> from tinygrad_edu import grad
    >>> def cooling(y, t, rate):
    ...     return -rate * y
    >>> def left(rate):
    ...     return odeint(cooling, 1.0, [0.0, 1.0], (rate,))[-1, 0]
    >>> bool(np.isclose(grad(left)(0.5), -np.exp(-0.5)))
    True

    Raises TypeError for other arguments of SciPy's than at their default and where `args` is not a tuple,
    ValueError for shapes or times that do not fit, RuntimeError where more than `mxstep` steps (10 000
    unless given) are needed between two times.
    """
    refuse_others(others)
    if not isinstance(args, tuple):
        raise TypeError(f"args={args!r}: the extra arguments of func are a tuple")
    y, t = np.atleast_1d(array(y0)), array(t)
    times = np.asarray(bare(t))
    if y.ndim != 1 or times.ndim != 1:
        raise ValueError(f"y0 of shape {y.shape} and t of shape {times.shape}: each is a vector")
    if not (np.all(np.diff(times) >= 0.0) or np.all(np.diff(times) <= 0.0)):
        raise ValueError("the times t must be in order, ascending or descending")
    if type(rtol) is Value or type(atol) is Value:
        raise TypeError(f"odeint has no derivative in rtol= and atol=, and got a Value there; {LEAVE}")

    def slope(y: Any, t: Any) -> Any:
        out = np.atleast_1d(array(func(t, y, *args) if tfirst else func(y, t, *args)))
        if out.shape != y.shape:
            raise ValueError(f"func returned a slope of shape {out.shape} for y of shape {y.shape}")
        return out

    relative, absolute = (DEFAULT_TOLERANCE if tolerance is None else tolerance for tolerance in (rtol, atol))
    rows, step = [y], None
    for i in range(1, len(times)):
        start, length = t[i - 1], t[i] - t[i - 1]
        y, step = across(slope, y, start, length, step, (relative, absolute), mxstep or MOST_STEPS)
        rows.append(y)
    return np.stack(rows)


def bare(x: Any) -> Any:
    """The numbers of the solution, by which the steps are chosen."""
    instead = "take steps of a fixed length in a loop, or solve outside"
    return unwrapped(x, "odeint, which chooses its steps by looking at the numbers,", instead)


def refuse_others(others: dict[str, Any]) -> None:
    """Raise for an argument of SciPy's that has another value than its default, or that it does not have."""
    for name, value in others.items():
        if name not in SCIPYS:
            raise TypeError(f"odeint has no argument {name}=")
        if value is not SCIPYS[name].default and value != SCIPYS[name].default:
            refuse("scipy.integrate.odeint", name, value)


def across(
    slope: Callable[[Any, Any], Any],
    y: Any,
    start: Any,
    length: Any,
    step: float | None,
    tolerances: tuple[float, Any],
    most: int,
) -> tuple[Any, float | None]:
    """The solution at the end of one interval, and the length of the step that would come next.

    Steps are fractions of the interval, and constant: so the result depends on both ends of it, even
    where they are equal."""

    def f(y: Any, fraction: float) -> Any:
        return slope(y, start + fraction * length)

    span = abs(bare(length))
    done, first = 0.0, f(y, 0.0)
    h = (first_step(y, first, tolerances) if step is None else step) / span if span else 1.0
    for _ in range(most):
        left = 1.0 - done
        cut = min(h, left)
        after, slopes = stages(f, y, first, length, done, cut)
        error = error_of(bare(slopes), bare(length) * cut, bare(y), bare(after), tolerances)
        factor = 0.9 * max(1e-10, error) ** -0.2 if np.isfinite(error) else 0.2  # errors grow as the fifth power
        if error <= 1.0:
            h = max(h, cut * min(10.0, factor)) if cut == left else cut * min(10.0, max(0.2, factor))
            if cut == left:
                return after, span * h if span else step
            y, first, done = after, slopes[-1], done + cut
        else:
            h = cut * max(0.2, factor)
        if done + h == done:
            break
    raise RuntimeError(
        f"odeint stopped at t={bare(start) + done * bare(length)}: it needs more than {most} steps there, or "
        "too short ones; the solution is infinite, or the system too stiff for an explicit method; or raise mxstep="
    )


def stages(f: Callable[[Any, float], Any], y: Any, first: Any, length: Any, done: float, h: float) -> tuple[Any, Any]:
    """One step of Dormand and Prince's method: the result, and the slopes at all stages."""
    slopes, place = [first], y
    for weights, at in zip(STAGES, PLACES, strict=True):
        place = y + (h * length) * (weights @ np.stack(slopes))
        slopes.append(f(place, done + at * h))
    return place, slopes


def error_of(slopes: list[Any], step: float, y: Any, after: Any, tolerances: tuple[float, Any]) -> float:
    """The estimated error of a step in units of what is tolerated: the root of the mean of the squares."""
    relative, absolute = tolerances
    tolerated = absolute + relative * np.maximum(np.abs(y), np.abs(after))
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.mean(np.square(step * (ERROR @ np.stack(slopes)) / tolerated)))) if y.size else 0.0


def first_step(y: Any, slope: Any, tolerances: tuple[float, Any]) -> float:
    """A cautious first step: one that changes `y` by a hundredth of itself, or of what is tolerated."""
    relative, absolute = tolerances
    tolerated = absolute + relative * np.abs(bare(y))
    size, speed = (float(np.max(np.abs(bare(v)) / tolerated, initial=0.0)) for v in (y, slope))
    return 0.01 * size / speed if size > 1e-5 and speed > 1e-5 else 1e-6
