"""The chapter of linear algebra: inverse, determinant, solve, Cholesky, eigenvalues, singular values, QR, norms.

Every row takes a matrix or a stack of them, real or complex.  The rules are those of M. Giles, "An
extended collection of matrix derivative results for forward and reverse mode AD" (2008), and of M.
Seeger et al., "Auto-differentiating linear algebra" (2017), with what complex numbers add (C. Boeddeker
et al., "On the computation of complex-valued gradients", 2017; Z.-Q. Wan and S.-X. Zhang, "Automatic
differentiation for complex valued SVD", 2019).  What NumPy writes with these rows is in `bridge.linalg`.

Two conventions run through the chapter.  Where NumPy reads one triangle of a matrix, the other one has
gradient 0.  Eigenvectors and singular vectors are fixed up to a sign, or a factor of modulus 1 if they are
complex: the rules hold that factor still, so they are right for functions that do not depend on it.
"""

import math
from typing import Any

import numpy as np

from ..kinds import general, is_complex, parts, shape_of
from .arithmetic import divide
from .comparison import equal, logical_or, not_equal, where
from .complex_numbers import absolute, conjugated, imag, slope_of_absolute
from .elementary import power
from .index import getitem
from .products import COLUMN, transposed
from .reduce import any_, keep, sum_
from .shape import concatenate

ROW = (..., None, slice(None))
CLOSE = 16.0  # numbers that differ by this many roundings, times the size of the matrix, count as equal
TAME = 1e3  # with a condition number below this, three digits are lost at most


# ---- small tools -------------------------------------------------------------------------------------


def adjoint(x: Any) -> Any:
    """Each matrix transposed and conjugated."""
    return conjugated(transposed(x))


def down(v):
    """Vectors as columns: `down(v) * x` multiplies the rows of x."""
    return getitem(v, index=COLUMN)


def across(v: Any) -> Any:
    """Vectors as rows: `across(v) * x` multiplies the columns of x."""
    return getitem(v, index=ROW)


def spread(g):
    """One number a matrix, in the shape of a stack of matrices."""
    return getitem(g, index=(..., None, None)) if shape_of(g) else g


def columns(x, which):
    """Some columns of each matrix."""
    return getitem(x, index=(..., slice(None), which))


def eye(x):
    """Where the diagonal of a matrix is."""
    return np.eye(shape_of(x)[-1], dtype=bool)


def below(x):
    """Where the elements below the diagonal are."""
    return np.tri(shape_of(x)[-1], k=-1, dtype=bool)


def trace_of(x):
    """The trace of each matrix, to multiply matrices with."""
    return spread(sum_(x * eye(x), axis=(-2, -1)))


def folded(x, lower):
    """The gradient in one triangle, from that in all elements of a Hermitian matrix."""
    both = x + adjoint(x)
    return both * (below(x) if lower else below(x).T) + 0.5 * (both * eye(x))


def mirrored(a: Any, lower: bool, conjugate: bool = True) -> Any:
    """The Hermitian matrix, or the symmetric one, that is given by one triangle of `a`."""
    half = a * (below(a) if lower else below(a).T) + 0.5 * (a * eye(a))
    return half + (adjoint(half) if conjugate else transposed(half))


def hat(g, like):
    """The conjugate of a cotangent; zeros in the shape of `like` for none."""
    return 0.0 * like if g is None else conjugated(g)


# ---- where a derivative ends -------------------------------------------------------------------------


def roundings(x):
    """What rounding does to numbers of the size of the largest along the last axis."""
    size = np.abs(x)
    largest = np.max(size, axis=-1, keepdims=True, initial=0.0)
    return size, CLOSE * x.shape[-1] * np.finfo(x.dtype).eps * largest


def _negligible(x):
    size, least = roundings(x)
    return size <= least


def _coincide(x):
    least = roundings(x)[1]
    return (np.abs(x[..., None, :] - x[..., :, None]) <= least[..., None]) & ~np.eye(x.shape[-1], dtype=bool)


def _over(x, y, closed, used):
    if np.any(closed & used):
        raise np.linalg.LinAlgError(
            "vectors of eigenvalues that coincide, or of singular values that coincide or are 0, have no derivative; "
            "functions of the values alone have one: np.linalg.eigvalsh, np.linalg.svdvals"
        )
    return np.where(closed, 0.0, x / np.where(closed, 1.0, y)).astype(np.result_type(x, y), copy=False)


def _regular(a):
    s = np.linalg.svd(a, compute_uv=False)
    if np.any(_negligible(s)):
        raise np.linalg.LinAlgError("the matrix is singular to working precision, and there is no derivative here")
    return a


negligible = general(_negligible, None, name="negligible", doc="is it 0 to the precision of the largest along the last axis?")  # fmt: skip
coincide = general(_coincide, None, name="coincide", doc="which pairs of numbers are equal to the precision of the largest?")  # fmt: skip
over = general(
    _over,
    lambda g, out, x, y, closed, used: over(g, y, closed, not_equal(g, 0.0)),
    lambda g, out, x, y, closed, used: -over(g * out, y, closed, False),
    None, None,
    name="over", complex=True, doc="x / y, and 0 where it is `closed`; an error where a closed one is used",
)  # fmt: skip
regular = general(
    _regular, lambda g, out, a: g,
    name="regular", complex=True, doc="the matrix itself; an error if it is singular to working precision",
)  # fmt: skip


# ---- inverse and solve -------------------------------------------------------------------------------


def _inv_vjp(g, out, a):
    return -(transposed(out) @ g @ transposed(out))


def _solve_right(g, out, a, b):
    """∂/∂b of A⁻¹b: A⁻ᵀg."""
    if len(shape_of(b)) == 1:
        return getitem(solve(transposed(a), down(g)), index=(..., 0))
    return solve(transposed(a), g)


def _solve_left(g, out, a, b):
    """∂/∂A of x = A⁻¹b: −A⁻ᵀg xᵀ."""
    back = _solve_right(g, out, a, b)
    return -(down(back) * across(out)) if len(shape_of(b)) == 1 else -(back @ transposed(out))


inv = general(lambda a: np.linalg.inv(a), _inv_vjp, name="inv", complex=True, numpy=np.linalg.inv, arguments="a", doc="the inverse matrix")  # fmt: skip
solve = general(
    lambda a, b: np.linalg.solve(a, b), _solve_left, _solve_right,
    name="solve", complex=True, numpy=np.linalg.solve, arguments="a, b", doc="the solution x of a x = b",
)  # fmt: skip


# ---- determinant -------------------------------------------------------------------------------------
#
# The derivative of det A along X is Σ cof(A) · X.  The matrix of cofactors is a polynomial, and has a value
# where A has no inverse: with A = U S Vᴴ it is det(U Vᴴ) Ū R Vᵀ, where R holds the products of all singular
# values but one.  Its own derivative has those of all but two.


def before_and_after(s):
    """For each number the product of those before it, and of those after it."""
    one = np.ones_like(s[..., :1])
    before = np.cumprod(np.concatenate([one, s[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, s[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return before, after


def all_but_two(s):
    """The product of all numbers but the i-th and the j-th; 0 for i = j."""
    n = s.shape[-1]
    before, after = before_and_after(s)
    between = np.cumprod(np.where(np.tri(n, k=-1, dtype=bool).T, s[..., None, :], 1.0), axis=-1)
    between = np.concatenate([np.ones_like(between[..., :1]), between[..., :-1]], axis=-1)  # of i < k < j
    half = np.triu(before[..., :, None] * between * after[..., None, :], 1)
    return half + np.swapaxes(half, -1, -2)


def _svd_and_sign(a):
    u, s, vh = np.linalg.svd(a)
    return u, s, vh, np.asarray(np.linalg.det(u) * np.linalg.det(vh))[..., None, None]


def tame_inverse(a):
    """The inverse, if all its matrices lose few digits; else None.  It is 100 times as fast as singular values."""
    try:
        found = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return None
    growth = np.linalg.norm(a, 1, axis=(-2, -1)) * np.linalg.norm(found, 1, axis=(-2, -1))
    return None if np.any(growth >= TAME) else found


def _cofactor(a):
    if 0 in a.shape:
        return np.zeros_like(a)
    if (back := tame_inverse(a)) is not None:
        return np.asarray(np.linalg.det(a))[..., None, None] * np.swapaxes(back, -1, -2)
    u, s, vh, sign = _svd_and_sign(a)
    before, after = before_and_after(s)
    return sign * ((np.conj(u) * (before * after)[..., None, :]) @ np.conj(vh))


def _cofactor_slope(x, a):
    if 0 in a.shape:
        return np.zeros_like(a)
    u, s, vh, sign = _svd_and_sign(a)
    inside = np.swapaxes(u.conj(), -1, -2) @ x @ np.swapaxes(vh.conj(), -1, -2)
    rest = all_but_two(s)
    on_diagonal = (rest @ np.diagonal(inside, axis1=-2, axis2=-1)[..., None]) * np.eye(s.shape[-1], dtype=bool)
    return sign * (np.conj(u) @ (on_diagonal - np.swapaxes(rest * inside, -1, -2)) @ np.conj(vh))


def _cofactor_slope_vjp(g, out, x, a):
    """The third derivative of det, with traces of products; there is no formula at hand where A is singular."""
    back = inv(regular(a))
    x, y = back @ x, back @ g
    xy = x @ y
    inside = (trace_of(x) * trace_of(y) - trace_of(xy)) * eye(a) - x * trace_of(y) - y * trace_of(x) + xy + y @ x
    return spread(det(a)) * transposed(inside @ back)


def _slogdet_vjp(g, out, a):
    """d ln|det A| = Re tr A⁻¹dA, d sign = i · sign · Im tr A⁻¹dA."""
    (g_sign, g_log), (sign, _) = g, parts(out)
    total = g_log
    if g_sign is not None and is_complex(a):
        turn = 1j * imag(g_sign * sign)
        total = turn if g_log is None else g_log + turn
    return None if total is None else spread(total) * transposed(inv(a))


cofactor = general(
    _cofactor, lambda g, out, a: cofactor_slope(g, a),
    name="cofactor", complex=True, doc="the matrix of cofactors, the gradient of the determinant",
)  # fmt: skip
cofactor_slope = general(
    _cofactor_slope, lambda g, out, x, a: cofactor_slope(g, a), _cofactor_slope_vjp,
    name="cofactor_slope", complex=True, doc="the derivative of the cofactors of `a` along `x`",
)  # fmt: skip
det = general(
    lambda a: np.linalg.det(a), lambda g, out, a: spread(g) * cofactor(a),
    name="det", complex=True, numpy=np.linalg.det, arguments="a", doc="the determinant; its gradient is right where it is 0 too",
)  # fmt: skip
slogdet = general(
    lambda a: tuple(np.linalg.slogdet(a)), _slogdet_vjp, name="slogdet", complex=True,
    doc="the sign of the determinant and the logarithm of its absolute value",
)  # fmt: skip


# ---- Cholesky ----------------------------------------------------------------------------------------


def _cholesky_vjp(g, out, a, upper=False):
    """With S = Φ(Lᵀg), Φ the lower triangle with half the diagonal: L⁻ᵀ S L̄⁻¹, folded (I. Murray,
    "Differentiation of the Cholesky decomposition", 2016)."""
    if upper:  # U = Lᴴ for the same matrix, of which the other triangle is read
        return adjoint(_cholesky_vjp(adjoint(g), adjoint(out), adjoint(a)))
    inside = transposed(out) @ g
    inside = inside * below(a) + 0.5 * (inside * eye(a))
    return folded(transposed(solve(adjoint(out), transposed(solve(transposed(out), inside)))), lower=True)


cholesky = general(
    lambda a, upper=False: np.linalg.cholesky(a, upper=upper), _cholesky_vjp,
    name="cholesky", complex=True, numpy=np.linalg.cholesky, arguments="a, upper",
    doc="the lower triangular L with L Lᴴ = a, or the upper one, Lᴴ; one triangle of a is read",
)  # fmt: skip


# ---- eigenvalues -------------------------------------------------------------------------------------


def used_pairs(g):
    """Which pairs of columns a cotangent has to do with."""
    used = any_(not_equal(g, 0.0), axis=-2)
    return logical_or(down(used), across(used))


def over_gaps(x, values, gaps, used):
    """x divided by the gaps between all pairs of values, with 0 on the diagonal."""
    return over(x * ~eye(x), gaps + eye(x), coincide(values), used)


def _eigh_vjp(g, out, a, UPLO="L"):
    """V̄ (diag g_w + Vᵀg_v / (w_j − w_i)) Vᵀ, folded: Giles, 3.1."""
    (g_values, g_vectors), (w, v) = g, parts(out)
    inside = 0.0
    if g_values is not None:
        inside = across(g_values) * eye(a)
    if g_vectors is not None:
        inside = inside + over_gaps(transposed(v) @ g_vectors, w, across(w) - down(w), used_pairs(g_vectors))
    return folded(conjugated(v) @ inside @ transposed(v), UPLO.upper() == "L")


def _eigvalsh_vjp(g, out, a, UPLO="L"):
    v = parts(eigh(a, UPLO=UPLO))[1]
    return folded((conjugated(v) * across(g)) @ transposed(v), UPLO.upper() == "L")


def _eig_vjp(g, out, a):
    """Boeddeker et al., 4.20, for vectors of length 1."""
    (g_values, g_vectors), (w, v) = g, parts(out)
    inside = 0.0
    if g_values is not None:
        inside = across(g_values) * eye(a)
    if g_vectors is not None:
        turned = transposed(v) @ g_vectors
        along = sum_(turned * eye(a), axis=-2)
        turned = turned - (transposed(v) @ conjugated(v)) * across(along)  # what would change a length
        inside = inside + over_gaps(turned, w, across(w) - down(w), used_pairs(g_vectors))
    return solve(transposed(regular(v)), inside @ transposed(v))


eigh = general(
    lambda a, UPLO="L": tuple(np.linalg.eigh(a, UPLO=UPLO)), _eigh_vjp,
    name="eigh", complex=True, doc="eigenvalues, ascending, and eigenvectors of a Hermitian matrix, of which one triangle is read",
)  # fmt: skip
eigvalsh = general(
    lambda a, UPLO="L": np.linalg.eigvalsh(a, UPLO=UPLO), _eigvalsh_vjp,
    name="eigvalsh", complex=True, numpy=np.linalg.eigvalsh, arguments="a, UPLO='L'",
    doc="eigenvalues, ascending, of a Hermitian matrix, of which one triangle is read",
)  # fmt: skip
eig = general(
    lambda a: tuple(np.linalg.eig(a)), _eig_vjp, name="eig", complex=True,
    doc="eigenvalues and eigenvectors of any square matrix",
)  # fmt: skip


# ---- singular values ---------------------------------------------------------------------------------


def _turned(g_hat, basis, s):
    """How singular vectors turn: among themselves, and out of the space that they span.

    With K = basisᴴ·ĝ the first is (K − Kᴴ) / (s_j² − s_i²), the second what of ĝ is outside, over s; a basis
    of the whole space turns against itself there too.  The third result is K − Kᴴ."""
    k, among = shape_of(s)[-1], adjoint(basis) @ g_hat
    skew = among - adjoint(among)
    first, own = columns(g_hat, slice(k)), getitem(skew, index=(..., slice(k), slice(k)))
    gaps = (across(s) - down(s)) * (across(s) + down(s))
    inner = over_gaps(own, s, gaps, used_pairs(first))
    rows, n = shape_of(basis)[-2:]
    if rows == k:
        return inner, None, own
    if n > k:
        outside = columns(basis, slice(k, None)) @ getitem(skew, index=(..., slice(k, None), slice(k)))
    else:
        outside = g_hat - basis @ among
    return inner, over(outside, across(s), across(negligible(s)), not_equal(outside, 0.0)), own


def _svd_vjp(g, out, a, full_matrices=False):
    """Seeger et al., 3.3, and for complex matrices the phase of Wan and Zhang, borne by the left vectors."""
    (g_u, g_s, g_vh), (u, s, vh) = g, parts(out)
    k = shape_of(s)[-1]
    left, right = columns(u, slice(k)), columns(adjoint(vh), slice(k))
    inside, outside = 0.0, 0.0
    if g_s is not None:
        inside = across(where(negligible(s), 0.0, g_s)) * np.eye(k, dtype=bool)
    if g_u is not None:
        inner, outer, skew = _turned(conjugated(g_u), u, s)
        inside = inside + inner * across(s)
        if is_complex(a):
            phase = 0.5 * (skew * np.eye(k, dtype=bool))
            inside = inside + over(phase, across(s), across(negligible(s)), not_equal(phase, 0.0))
        if outer is not None:
            outside = outer @ adjoint(right)
    if g_vh is not None:
        inner, outer, _ = _turned(transposed(g_vh), adjoint(vh), s)
        inside = inside + inner * down(s)
        if outer is not None:
            outside = outside + left @ adjoint(outer)
    return conjugated(left @ inside @ adjoint(right) + outside)


def _svdvals_vjp(g, out, a):
    u, s, vh = parts(svd(a))
    return (conjugated(u) * across(where(negligible(s), 0.0, g))) @ conjugated(vh)


svd = general(
    lambda a, full_matrices=False: tuple(np.linalg.svd(a, full_matrices=full_matrices)), _svd_vjp,
    name="svd", complex=True, doc="a = u · diag(s) · vh with orthonormal columns of u and rows of vh, and s descending",
)  # fmt: skip
svdvals = general(
    lambda a: np.linalg.svd(a, compute_uv=False), _svdvals_vjp,
    name="svdvals", complex=True, numpy=np.linalg.svdvals, arguments="x", doc="singular values, descending; gradient 0 at 0",
)  # fmt: skip


# ---- QR ----------------------------------------------------------------------------------------------


def _qr_vjp(g, out, a):
    """(Q̂ − Q (N above the diagonal and mirrored)) R⁻ᴴ with N = QᴴQ̂ − R̂Rᴴ: Seeger et al., 3.4, which NumPy's
    real diagonal of R makes unique for complex matrices too.  Further columns of a wide matrix go with Qᴴ."""
    q, r = parts(out)
    q_hat, r_hat = hat(g[0], q), hat(g[1], r)
    m, n = shape_of(a)[-2:]
    if n > m:
        further = columns(r_hat, slice(m, None))
        q_hat = q_hat + columns(a, slice(m, None)) @ adjoint(further)
        r, r_hat = columns(r, slice(m)), columns(r_hat, slice(m))
    inside = adjoint(q) @ q_hat - r_hat @ adjoint(r)
    inside = inside * below(inside).T + 0.5 * (inside * eye(inside))
    back = adjoint(solve(regular(r), adjoint(q_hat - q @ (inside + adjoint(inside)))))
    return conjugated(concatenate(back, q @ further, axis=-1) if n > m else back)


qr = general(
    lambda a: tuple(np.linalg.qr(a)), _qr_vjp, name="qr", complex=True,
    doc="a = q r with orthonormal columns of q and an upper triangular r",
)  # fmt: skip


# ---- least squares -----------------------------------------------------------------------------------


def _pinv(a, rcond=None, hermitian=False, rtol=np._NoValue):
    return np.linalg.pinv(a, rcond=rcond, hermitian=hermitian, rtol=rtol)


def _pinv_vjp(g, out, a, hermitian=False, **cutoff):
    """G. Golub and V. Pereyra, "The differentiation of pseudo-inverses" (1973), at constant rank."""
    whole = mirrored(a, lower=True) if hermitian else a
    p_hat = adjoint(conjugated(g))  # the adjoint of the conjugate of g: gᵀ
    outside = p_hat - whole @ (out @ p_hat)  # (I − A P) ĝᴴ
    inside = p_hat - (p_hat @ out) @ whole  # ĝᴴ (I − P A)
    left = adjoint(out)
    found = outside @ out @ left + left @ (out @ inside) - left @ adjoint(p_hat) @ left
    found = conjugated(found)
    return folded(found, lower=True) if hermitian else found


def _lstsq(a, b, rcond):
    x, residuals, rank, s = np.linalg.lstsq(a, b, rcond=rcond)
    return x, residuals, int(rank), s


def _lstsq_back(g, out, a, b, rcond):
    """With b as columns: x and its cotangent, conjugated; b − a x; the pseudo-inverse; the cotangent of b."""
    x, g_x = parts(out)[0], g[0]
    if len(shape_of(b)) == 1:
        x, b, g_x = down(x), down(b), None if g_x is None else down(g_x)
    x_hat, rest, p = hat(g_x, x), b - a @ x, pinv(a, rcond=rcond)
    back = adjoint(p) @ x_hat
    if g[1] is not None and math.prod(shape_of(g[1])):
        back = back + 2.0 * rest * across(g[1])
    return x, x_hat, rest, p, back


def _lstsq_left(g, out, a, b, rcond):
    """For x that of pinv(a) b; for the residuals ‖b − a x‖², whose derivative in x is 0, −2 (b − a x) xᴴ."""
    x, x_hat, rest, p, back = _lstsq_back(g, out, a, b, rcond)
    found = rest @ adjoint(p @ (adjoint(p) @ x_hat)) - back @ adjoint(x)
    found = conjugated(found + adjoint(p) @ x @ adjoint(x_hat - p @ (a @ x_hat)))
    return found if g[3] is None else found + _svdvals_vjp(g[3], None, a)


def _lstsq_right(g, out, a, b, rcond):
    back = conjugated(_lstsq_back(g, out, a, b, rcond)[-1])
    return getitem(back, index=(..., 0)) if len(shape_of(b)) == 1 else back


pinv = general(
    _pinv, _pinv_vjp, name="pinv", complex=True,
    doc="the pseudo-inverse; its derivative is that at constant rank, where what the cutoff drops is 0",
)  # fmt: skip
lstsq = general(
    _lstsq, _lstsq_left, _lstsq_right, name="lstsq", complex=True,
    doc="the shortest x with the least ‖a x − b‖, that length squared, the rank and the singular values of a",
)  # fmt: skip


# ---- norms -------------------------------------------------------------------------------------------


def _norm(x, axis=None, keepdims=False):
    pair = axis is None or not isinstance(axis, tuple) or len(axis) == 2
    return (np.linalg.norm if pair else np.linalg.vector_norm)(np.asarray(x), axis=axis, keepdims=keepdims)


def _norm_vjp(g, out, x, axis=None, keepdims=False):
    length = where(equal(out, 0.0), math.inf, out)  # norm(0) has gradient 0, by convention
    return keep(divide(g, length), x, axis) * conjugated(x)


def _power_norm(x, ord, axis=None, keepdims=False):
    return np.linalg.vector_norm(np.asarray(x), ord=ord, axis=axis, keepdims=keepdims)


def _power_norm_vjp(g, out, x, ord, axis=None, keepdims=False):
    """sign(x) (|x| / ‖x‖) ** (p − 1); 0 where x is 0, by convention."""
    size, zero = absolute(x), equal(x, 0.0)
    length = keep(where(equal(out, 0.0), math.inf, out), x, axis)
    share = power(divide(where(zero, 1.0, size), length), ord - 1.0)
    return keep(g, x, axis) * where(zero, 0.0, share * slope_of_absolute(x, size))


norm = general(
    _norm, _norm_vjp, name="norm", complex=True,
    doc="the Euclidean length of a vector, the Frobenius norm of a matrix; gradient 0 at 0",
)  # fmt: skip
power_norm = general(
    _power_norm, _power_norm_vjp, name="power_norm", complex=True,
    doc="(Σ |x| ** ord) ** (1 / ord); gradient 0 at elements that are 0",
)  # fmt: skip
