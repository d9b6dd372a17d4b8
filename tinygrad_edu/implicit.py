"""Derivatives of what is defined by an equation, by the implicit function theorem.

If F(x, p) = 0 defines x as a function of p, then ∂F/∂x dx + ∂F/∂p dp = 0: the derivative of a solution
needs the equation alone, and not the steps by which a solver found it.  Solvers are not here: any will
do, on plain numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from .custom import computed_as_one, fresh
from .engine import Parts, Value
from .kinds import parts, shape_of
from .ops.checking import ensured
from .payload import own
from .transforms import jacobian, name_of, vjp, zeros
from .trees import leaves, rebuilt

Function = Callable[..., Any]


def implicit(solve: Function, residual: Function, tolerance: float = 1e-5) -> Function:
    """The function p → x that `solve(*p)` computes and `residual(x, *p) = 0` defines, differentiable.

    `solve` gets plain numbers and arrays, and returns such; what it does inside is its own affair.
    `residual` has as many numbers as x, and is written with NumPy.  Parameters, x and the residual may
    be containers.  Derivatives are of any order, in both modes (Christianson 1994, "Reverse accumulation
    and attractive fixed points"; Blondel et al. 2022, "Efficient and modular implicit differentiation").

    A root, here of x² = p:

    >>> root = implicit(lambda p: p**0.5, lambda x, p: x * x - p)
    >>> p = Value(9.0)
    >>> root(p).backward()
    >>> round(p.grad, 12)  # 1 / (2√p)
    0.166666666667

    A fixed point x = f(x, p): its residual is x − f(x, p).

    >>> import numpy as np
    >>> def iterate(p, x=1.0):
    ...     for _ in range(100):
    ...         x = np.cos(p * x)
    ...     return x
    >>> fixed_point = implicit(iterate, lambda x, p: x - np.cos(p * x))
    >>> p = Value(1.0)
    >>> fixed_point(p).backward()
    >>> x = iterate(1.0)
    >>> bool(np.isclose(p.grad, -x * np.sin(x) / (1.0 + np.sin(x))))
    True

    The place of a minimum: the residual is the gradient, which is 0 there.

    >>> from tinygrad_edu import grad
    >>> def objective(x, p):
    ...     return np.sum((x - p) ** 2) + np.sum(x**2)
    >>> argmin = implicit(lambda p: p / 2.0, grad(objective))
    >>> p = Value([2.0, 4.0])
    >>> argmin(p).sum().backward()
    >>> p.grad.round(12).tolist()
    [0.5, 0.5]

    Raises RuntimeError if the residual is larger than `tolerance` anywhere, because then x is no solution
    and the derivative would be wrong; numpy.linalg.LinAlgError, when a derivative is asked for, if
    ∂residual/∂x is singular; ValueError if the residual has not as many numbers as x; TypeError if either
    function depends on a Value that is not among its arguments, as its gradient would be lost.
    """

    @wraps(solve)
    def wrapped(*params: Any) -> Any:
        given = [x for x in leaves(params) if type(x) is Value]
        solution = Solution(residual, params, name_of(solve))

        def solved(numbers: Sequence[Any]) -> tuple[Any, ...]:
            p = solution.with_values(numbers)
            x = solve(*p)
            refuse_closures(x, name_of(solve))
            solution.x = x = rebuilt(x, map(own, leaves(x)))
            require_solved(x, residual(x, *p), tolerance, solution.name)
            return tuple(leaves(x))

        if not given:
            solved([])
            return solution.x
        whole = computed_as_one(solution.name, solved, given, solution.vjp)
        return rebuilt(solution.x, parts(whole))

    return wrapped


class Solution:
    """A solution and the equation it solves, to be differentiated."""

    def __init__(self, residual: Function, params: tuple[Any, ...], name: str) -> None:
        self.residual, self.name = residual, name
        self.params = rebuilt(params, [fresh(p._data) if type(p) is Value else p for p in leaves(params)])
        self.x: Any = None
        self.slopes: Any = None  # ∂residual/∂x of plain numbers, once it was needed

    def with_values(self, values: Sequence[Any]) -> Any:
        """The parameters, with `values` in the places of the Values among them."""
        following = iter(values)
        return rebuilt(self.params, [next(following) if type(p) is Value else p for p in leaves(self.params)])

    def equation(self, x: Any, values: Sequence[Any]) -> Any:
        """The residual as one vector."""
        return joined(leaves(self.residual(x, *self.with_values(values))))

    def vjp(self, g: Parts, out: Any, whole: Any) -> Parts:
        """−gᵀ (∂F/∂x)⁻¹ ∂F/∂p, from right to left."""
        x, values = rebuilt(self.x, parts(out)), parts(whole)
        cotangents = [zeros(Value(y)) if ct is None else ct for ct, y in zip(g, leaves(self.x), strict=True)]
        slopes = self.slopes_at(x, values)
        weights = np.linalg.solve(slopes.T, joined(cotangents))
        _, back = vjp(lambda *values: self.equation(x, values), *values)
        return Parts(back(-weights))

    def slopes_at(self, x: Any, values: Sequence[Any]) -> Any:
        """∂F/∂x as a matrix: of Values if it is to be differentiated."""
        plain = not any(type(v) is Value for v in (*leaves(x), *values))
        if plain and self.slopes is not None:
            return self.slopes
        slopes = jacobian(lambda v: self.equation(parted(v, x), values))(joined(leaves(x)))
        slopes = ensured(require_regular, slopes, name=self.name)
        if plain:
            self.slopes = slopes
        return slopes


def joined(xs: Sequence[Any]) -> Any:
    """Numbers and arrays as one vector."""
    return np.concatenate([np.reshape(x, -1) for x in xs]) if xs else np.zeros(0)


def parted(vector: Any, like: Any) -> Any:
    """The vector in the structure and shapes of `like`: the inverse of `joined`."""
    pieces, start = [], 0
    for x in leaves(like):
        shape = shape_of(x)
        stop = start + int(np.prod(shape))
        pieces.append(np.reshape(vector[start:stop], shape) if shape else vector[start])
        start = stop
    return rebuilt(like, pieces)


def refuse_closures(found: Any, name: str) -> None:
    """Raise if plain arguments led to a Value: it came from elsewhere, where no gradient would arrive."""
    if any(type(x) is Value for x in leaves(found)):
        raise TypeError(
            f"{name} or its residual depends on a Value that is not among its arguments, so the gradient of that "
            "Value would be lost; make it an argument"
        )


def require_solved(x: Any, residual: Any, tolerance: float, name: str) -> None:
    """Raise unless the residual is one of the equation that defines x, and small."""
    refuse_closures(residual, name)
    left, unknowns = joined(leaves(residual)), joined(leaves(x))
    if left.size != unknowns.size:
        raise ValueError(
            f"the residual of {name} has {left.size} numbers for {unknowns.size} unknowns; it needs one for each"
        )
    largest = float(np.max(np.abs(left), initial=0.0))
    if not largest <= tolerance:
        raise RuntimeError(
            f"{name} did not solve its equation: the residual is as large as {largest:.3g}, and tolerance is "
            f"{tolerance:.3g}; solve more precisely, or give implicit(…, tolerance=) in the residual's own scale"
        )


def require_regular(slopes: Any, name: str) -> None:
    """Raise if a matrix has no inverse, to the precision of its numbers."""
    singular = 1.0 / float(np.finfo(slopes.dtype).eps)
    if slopes.size and not np.linalg.cond(slopes) < singular:
        raise np.linalg.LinAlgError(
            f"the solution of {name} has no derivative: ∂residual/∂x is singular there, so x is not a function of "
            "the parameters nearby (a double root, or a solution that is not the only one?)"
        )


__all__ = ["implicit"]
