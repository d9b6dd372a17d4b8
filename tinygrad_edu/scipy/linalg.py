"""Linear algebra under SciPy's names, for Values and plain arrays: what `scipy.linalg` has beyond NumPy.

The rows of `ops.linalg` do what they can; the matrix exponential, the square root, Sylvester's equation and
banded systems are rows here.  Arguments that only save work or memory (`overwrite_a`, `check_finite`) keep
their default; others that are not named are not differentiated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg as scipy_linalg

from ..bridge.linalg import name_of_dtype
from ..kinds import general, shape_of
from ..ops import linalg as rows
from ..ops.checking import settled
from ..ops.index import gather, getitem
from ..ops.shape import concatenate, swapaxes

# ---- rows --------------------------------------------------------------------------------------------


def _turned(x: Any) -> Any:
    """Each matrix transposed."""
    return swapaxes(x, axis1=-1, axis2=-2)


def _expm_vjp(g: Any, _out: Any, a: Any) -> Any:
    """The upper right block of exp [[Aᵀ, g], [0, Aᵀ]] (C. Van Loan, "Computing integrals involving the matrix
    exponential", 1978)."""
    n, t = shape_of(a)[-1], _turned(a)
    above, below = concatenate(t, g, axis=-1), concatenate(0.0 * g, t, axis=-1)
    return getitem(_expm(concatenate(above, below, axis=-2)), index=(..., slice(n), slice(n, None)))


def _sqrtm_vjp(g: Any, out: Any, _a: Any) -> Any:
    """From d(x x) = dx x + x dx, transposed."""
    x = rows.regular(out)
    return _sylvester_back(g, x, x)


def _sylvester_back(g: Any, a: Any, b: Any) -> Any:
    """Sylvester's equation transposed: aᵀ y + y bᵀ = g."""
    return _sylvester(_turned(a), _turned(b), g)


def _origin(shape: tuple[int, int], upper: int, columns: int) -> Any:
    """For each place of a band, with `upper` diagonals above the main one: row i of the matrix, counted from 1."""
    i = np.arange(shape[0])[:, None] - upper + np.arange(shape[1])[None, :] + 1
    return np.where((i < 1) | (i > columns), 0, i)


def _band_turned(ab: Any, below: int, above: int) -> Any:
    """The band of the transposed matrix: A[i, j] is ab[above + i − j, j]."""
    n = shape_of(ab)[1]
    i = _origin((below + above + 1, n), below, n)  # of the transposed matrix, in its column j
    k, j = np.arange(below + above + 1)[:, None], np.arange(n)[None, :]
    return gather(ab, origin=np.where(i > 0, (below + above - k) * n + i, 0) + 0 * j)


def _banded_right(g: Any, _out: Any, ab: Any, _b: Any, below: int, above: int) -> Any:
    return _banded(_band_turned(ab, below, above), g, below=above, above=below)


def _banded_left(g: Any, out: Any, ab: Any, b: Any, below: int, above: int) -> Any:
    """−(A⁻ᵀg) xᵀ in the places of the band."""
    back, n = _banded_right(g, out, ab, b, below, above), shape_of(ab)[1]
    i = _origin((below + above + 1, n), above, n)
    if len(shape_of(b)) == 1:
        return -(gather(back, origin=i) * out)
    k = shape_of(b)[1]
    places = np.where(i[..., None] > 0, (i[..., None] - 1) * k + np.arange(k) + 1, 0)
    return -(gather(back, origin=places) * out).sum(axis=-1)


# fmt: off
_expm = general(lambda a: scipy_linalg.expm(a), _expm_vjp, name="expm", complex=True, doc="the exponential of a matrix")
_sylvester = general(
    lambda a, b, q: scipy_linalg.solve_sylvester(a, b, q),
    lambda g, out, a, b, q: -(_sylvester_back(g, a, b) @ _turned(out)),
    lambda g, out, a, b, q: -(_turned(out) @ _sylvester_back(g, a, b)),
    lambda g, out, a, b, q: _sylvester_back(g, a, b),
    name="solve_sylvester", complex=True, doc="the solution x of a x + x b = q")
_sqrtm = general(
    lambda a: scipy_linalg.sqrtm(a), _sqrtm_vjp, name="sqrtm", complex=True, doc="the matrix whose square is a")
_banded = general(
    lambda ab, b, below, above: scipy_linalg.solve_banded((below, above), ab, b), _banded_left, _banded_right,
    name="solve_banded", complex=True, doc="the solution x of a x = b, for a matrix of a few diagonals")
# fmt: on


# ---- functions ---------------------------------------------------------------------------------------


def cholesky(a: Any, lower: bool = False) -> Any:
    """The Cholesky factor of Hermitian matrices (..., n, n): upper triangular, or `lower`.

    Only that triangle of `a` is read, and has a gradient.  Raises LinAlgError if a matrix is not positive definite.

    >>> import numpy as np
    >>> cholesky(np.array([[4.0, 0.0], [0.0, 9.0]])).tolist()
    [[2.0, 0.0], [0.0, 3.0]]
    """
    return rows.cholesky(a, upper=not lower)


def det(a: Any) -> Any:
    """The determinant of matrices (..., n, n); its gradient is right for singular ones too.

    >>> import numpy as np
    >>> float(det(np.array([[2.0, 1.0], [0.0, 1.0]])))
    2.0
    """
    return rows.det(a)


def inv(a: Any, *, assume_a: str | None = None, lower: bool = False) -> Any:
    """The inverse of matrices (..., n, n); `assume_a` and `lower` as in `solve`.

    >>> import numpy as np
    >>> inv(np.array([[2.0, 0.0], [0.0, 4.0]])).tolist()
    [[0.5, 0.0], [0.0, 0.25]]

    Raises LinAlgError if a matrix is singular, ValueError for an unknown `assume_a`.
    """
    return rows.inv(_assumed(a, assume_a, lower))


def solve(a: Any, b: Any, lower: bool = False, *, assume_a: str | None = None, transposed: bool = False) -> Any:
    """The solution x of a x = b (aᵀ x = b if `transposed`) for a (..., n, n) and b (n,) or (..., n, k).

    `assume_a` says what a is, and so which of its elements are read: "general", "symmetric", "hermitian" or
    "positive definite" (one triangle, the `lower` one or the upper), "diagonal", "tridiagonal", "upper triangular",
    "lower triangular", or SciPy's short names of these.  The others have gradient 0.

    >>> import numpy as np
    >>> solve(np.array([[2.0, 9.0], [0.0, 4.0]]), np.array([2.0, 4.0]), assume_a="diagonal").tolist()
    [1.0, 1.0]

    Raises LinAlgError if a matrix is singular, ValueError for an unknown `assume_a`.
    """
    whole = _assumed(a, assume_a, lower)
    return rows.solve(_turned(whole) if transposed else whole, b)


TRIANGLES = {"sym": False, "symmetric": False, "her": True, "hermitian": True, "pos": True, "positive definite": True}
"""Assumptions by which one triangle gives the matrix -> whether the other is its conjugate."""

BANDS: dict[str, tuple[int | None, int | None]] = {
    "diagonal": (0, 0), "tridiagonal": (1, 1), "upper triangular": (0, None), "lower triangular": (None, 0),
}  # fmt: skip
"""Assumptions by which a matrix is 0 but for some diagonals -> how many below and above the main one."""


def _assumed(a: Any, assume_a: str | None, lower: bool) -> Any:
    """The matrix that SciPy takes for `a` under an assumption."""
    if assume_a in (None, "gen", "general"):
        return a
    if assume_a in TRIANGLES:
        return rows.mirrored(a, lower, conjugate=TRIANGLES[assume_a])
    if assume_a in BANDS:
        return a * _band(shape_of(a)[-1], *BANDS[assume_a])
    raise ValueError(f"assume_a={assume_a!r} is not one of 'general', {', '.join(map(repr, [*TRIANGLES, *BANDS]))}")


def _band(n: int, below: int | None, above: int | None) -> Any:
    """Where the diagonals of a band are; None is all."""
    distance = np.arange(n)[:, None] - np.arange(n)[None, :]
    return (distance <= (n if below is None else below)) & (-distance <= (n if above is None else above))


def solve_triangular(a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False) -> Any:
    """The solution x of a x = b for triangular a (..., n, n): the upper triangle is read, or the `lower` one.

    `trans` is 0 or "N", 1 or "T" (aᵀ x = b), 2 or "C" (aᴴ x = b); with `unit_diagonal` the diagonal is taken as 1.

    >>> import numpy as np
    >>> solve_triangular(np.array([[2.0, 1.0], [9.0, 1.0]]), np.array([3.0, 1.0])).tolist()
    [1.0, 1.0]

    Raises LinAlgError if the triangle is singular, ValueError for another `trans`.
    """
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ValueError(f"trans={trans!r} is not one of 0, 1, 2, 'N', 'T', 'C'")
    n, least = shape_of(a)[-1], int(unit_diagonal)
    distance = np.arange(n)[:, None] - np.arange(n)[None, :]
    whole = a * ((distance if lower else -distance) >= least)
    if unit_diagonal:
        whole = whole + np.eye(n, dtype=bool)
    if trans not in (0, "N"):
        whole = _turned(whole) if trans in (1, "T") else rows.adjoint(whole)
    return rows.solve(whole, b)


def solve_banded(l_and_u: tuple[int, int], ab: Any, b: Any) -> Any:
    """The solution x of a x = b, where a has l diagonals below the main one and u above it, (l, u) = `l_and_u`.

    The diagonals are the rows of `ab` (l + u + 1, n), in SciPy's arrangement: a[i, j] is ab[u + i − j, j]; places of
    `ab` outside the matrix have gradient 0.  b is (n,) or (n, k).

    >>> import numpy as np
    >>> solve_banded((0, 0), np.array([[2.0, 4.0]]), np.array([2.0, 2.0])).tolist()
    [1.0, 0.5]

    Raises LinAlgError if the matrix is singular, ValueError if shapes do not fit.
    """
    below, above = l_and_u
    return _banded(ab, b, below=int(below), above=int(above))


def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """The solution x of a x + x b = q, for a (m, m), b (n, n) and q (m, n).

    >>> import numpy as np
    >>> solve_sylvester(np.eye(1), np.eye(1), np.array([[4.0]])).tolist()
    [[2.0]]

    Raises LinAlgError if there is no single solution: an eigenvalue of a is one of −b.
    """
    return _sylvester(a, b, q)


def expm(a: Any) -> Any:
    """The exponential of matrices (..., n, n).

    >>> import numpy as np
    >>> expm(np.array([[0.0, 1.0], [0.0, 0.0]])).tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    return _expm(a)


def sqrtm(a: Any) -> Any:
    """The principal square root of matrices (..., n, n), complex if one has a negative eigenvalue.

    >>> import numpy as np
    >>> sqrtm(np.array([[4.0, 0.0], [0.0, 9.0]])).tolist()
    [[2.0, 0.0], [0.0, 3.0]]

    Its gradient raises LinAlgError for a singular matrix, where the slope is infinite.
    """
    found = _sqrtm(a)
    settled("sqrtm", "use sqrtm(a + 0j), or eigh if a is symmetric", name_of_dtype, found)
    return found
