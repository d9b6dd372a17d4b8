"""What the coverage table runs: for each function the expressions that stand for it.

A name of one letter in an expression is a datum from `DATA`; floating ones become Values.  The same text,
evaluated on plain arrays, is the oracle.  `ours` is SciPy for the oracle and `tinygrad_edu.scipy` for
Values, and `te` has NumPy's equivalents for the oracle: what NumPy and SciPy never hand to a Value's class
is written so.  The laws drawn by Hypothesis are elsewhere (`laws`); this is the list that is counted.
"""

import numpy as np


def wave(shape, start=1.0, scale=0.97):
    """Numbers without pattern, ties or zeros."""
    return scale * np.sin(start + 1.7 * np.arange(np.prod(shape)) ** 1.1).reshape(shape)


WELL = wave((3, 3), 0.4) + np.diag([3.0, 4.5, -6.0])

DATA = {
    "x": 0.7,
    "y": 1.3,
    "A": wave((2, 3)),
    "B": wave((2, 3), 2.3),
    "V": wave(3, 0.3),
    "W": wave(3, 4.0),
    "P": 0.5 + wave((2, 3), 5.0) ** 2,
    "Q": 0.7 + wave((2, 3), 6.0) ** 2,
    "U": wave((2, 3), 3.0, 0.8),
    "G": 1.5 + wave((2, 3), 7.0) ** 2,
    "S": WELL,
    "R": wave((3, 3), 9.0) + 3.0 * np.eye(3),
    "H": WELL @ WELL.T / 4.0 + np.diag([1.0, 2.0, 4.0]),
    "K": wave((2, 3, 3), 2.0) + np.diag([3.0, -4.0, 5.5]),
    "L": wave((4, 3), 8.0),
    "F": wave((2, 3, 4), 1.5),
    "C": wave((2, 3)) + 1j * wave((2, 3), 2.0),
    "D": wave((3, 3), 0.4) + 1j * wave((3, 3), 5.0) + np.diag([3.0, 4.0j, -5.0]),
    "E": np.zeros((0, 3)),
    "N": np.where(wave((2, 3), 2.3) > 0.9, np.nan, wave((2, 3), 2.3)),
    "Z": np.asfortranarray(wave((4, 6), 0.9, 0.91))[::2, ::-2],  # not contiguous
    "M": np.array([[True, False, True], [True, True, False]]),
    "I": np.array([2, 0, 1, 2]),
    "J": np.array([[0, 2], [1, 1]]),
}
"""Real, positive (P, Q), inside (-1, 1) (U), above 1 (G), matrices that can be inverted (S, R, H, K),
complex (C, D), empty (E), with a nan (N), not contiguous (Z), a mask (M) and integers (I, J)."""


def each(names, *texts):
    """The same expressions for several functions: `{f}` is the name."""
    return {f"numpy.{name}": tuple(text.format(f=f"np.{name}") for text in texts) for name in names.split()}


AROUND = ("{f}(A)", "{f}(x)", "{f}(E)", "{f}(Z)")
PAIR = ("{f}(A, B)", "{f}(A, V)", "{f}(x, y)", "{f}(A, x)", "{f}(E, V)")
REDUCED = (
    "{f}(A)",
    "{f}(A, axis=0)",
    "{f}(F, axis=(0, -1), keepdims=True)",
    "{f}(Z, axis=-1)",
    "{f}(x)",
)

CASES = {
    # ---- elements -------------------------------------------------------------------------------
    **each("absolute fabs negative positive square exp exp2 expm1 sin cos tan arctan sinh cosh tanh arcsinh", *AROUND),
    **each("cbrt sign floor ceil trunc rint fix deg2rad degrees rad2deg radians spacing sinc i0 nan_to_num", *AROUND),
    **each("conjugate real imag angle", "{f}(C)", "{f}(A)", "{f}(x)", "{f}(E)"),
    **each("sqrt log log2 log10 log1p reciprocal", "{f}(P)", "{f}(y)", "{f}(E + 1.0)", "{f}(Z * Z)"),
    **each("arcsin arccos arctanh", "{f}(U)", "{f}(x)", "{f}(E)", "{f}(0.9 * Z)"),
    **each("arccosh", "{f}(G)", "{f}(y)", "{f}(E + 2.0)"),
    **each("round", "{f}(A)", "{f}(A, 1)", "{f}(x, decimals=1)", "{f}(E)"),
    **each("real_if_close", "{f}(A)", "{f}(C)"),
    **each("modf frexp", "{f}(A + 2.0)", "{f}(y)", "{f}(Z)"),
    **each("add subtract multiply hypot arctan2 logaddexp logaddexp2 maximum minimum fmax fmin copysign", *PAIR),
    **each("divide true_divide", "{f}(A, P)", "{f}(A, y)", "{f}(x, y)", "{f}(E, V)"),
    **each("mod remainder fmod floor_divide divmod", "{f}(A, P)", "{f}(A, y)", "{f}(y, x)", "{f}(E, P[0])"),
    **each("power float_power", "{f}(P, A)", "{f}(A, 3.0)", "{f}(y, x)", "{f}(P, x)", "{f}(2.0, A)", "{f}(E, V)"),
    **each("heaviside nextafter", "{f}(A, B)", "{f}(x, y)", "{f}(E, V)"),
    **each("ldexp", "{f}(A, 3)", "{f}(A, I[:3])", "{f}(x, 2)"),
    **each(
        "clip", "{f}(A, -0.5, 0.5)", "{f}(A, B, None)", "{f}(A, min=x - 1.0, max=y)", "{f}(x, 0.0, 0.5)", "{f}(E, 0, 1)"
    ),
    **each(
        "interp",
        "{f}(A, np.sort(W), V)",
        "{f}(A, np.array([-2.0, 0.1, 2.0]), V, left=x, right=y)",
        "{f}(x, np.array([0.0, 1.0]), A[0, :2])",
    ),
    **each("unwrap", "{f}(4.0 * V)", "{f}(4.0 * A, axis=0)", "{f}(3.0 * Z, period=5.0)"),
    **each("piecewise", "{f}(A, [M, ~M], [lambda v: v * v, lambda v: 3.0 * v])"),
    "numpy.operators + - * / ** @ abs neg": (
        "A + B",
        "A - V",
        "2.0 * A",
        "A / P",
        "P ** A",
        "A ** 2",
        "S @ V",
        "abs(A)",
        "-A",
        "1.0 - x",
    ),
    "numpy.operator %": ("A % P", "A % 0.3", "y % x"),
    "numpy.operator divmod //": ("divmod(A, P)", "A // P", "divmod(y, x)"),
    "numpy.in-place += on new array": (
        "(lambda n: [n := n + V, n := n * 2.0][-1])(A * 1.0)",
        "operator.iadd(A * 1.0, V)",
    ),
    "numpy.ufunc where= kwarg": (
        "np.where(M, np.log(P, where=M), 0.0)",
        "np.add.reduce(A, axis=0, where=M)",
        "np.where(A > 0, np.sqrt(A, where=np.greater(A, 0.0)), A)",
    ),
    "numpy.ufunc.reduce": (
        "np.add.reduce(A)",
        "np.multiply.reduce(A, axis=1)",
        "np.maximum.reduce(A, axis=None)",
        "np.add.reduce(A, axis=(0, 1), keepdims=True)",
        "np.logaddexp.reduce(A, axis=1)",
    ),
    "numpy.ufunc.accumulate": (
        "np.add.accumulate(A)",
        "np.multiply.accumulate(A, axis=1)",
        "np.maximum.accumulate(A, axis=1)",
    ),
    "numpy.ufunc.outer": (
        "np.multiply.outer(V, A)",
        "np.subtract.outer(V, W)",
        "np.power.outer(P, W)",
        "np.add.outer(x, V)",
    ),
    "numpy.ufunc.reduceat": ("np.add.reduceat(V, [0, 2])", "np.add.reduceat(F, [0, 1, 3], axis=2)"),
    # ---- reductions -----------------------------------------------------------------------------
    **each(
        "sum",
        *REDUCED,
        "{f}(E)",
        "{f}(A, where=M)",
        "{f}(A, axis=1, initial=2.0)",
        "{f}(C, axis=0)",
        "{f}(A, dtype=np.float32)",
    ),
    **each("mean", *REDUCED, "{f}(A, where=M)", "{f}(A, axis=1, where=M, keepdims=True)", "{f}(C)"),
    **each(
        "prod", *REDUCED, "{f}(E)", "{f}(A, where=M)", "{f}(A * np.array([1.0, 0.0, 1.0]), axis=1)", "{f}(C, axis=1)"
    ),
    **each("max min amax amin", *REDUCED, "{f}(A, axis=1, where=M, initial=0.1)"),
    **each(
        "var std",
        *REDUCED,
        "{f}(A, ddof=1)",
        "{f}(A, axis=1, correction=1)",
        "{f}(A, axis=0, where=[[True], [True]])",
        "{f}(C)",
    ),
    **each("ptp", "{f}(A)", "{f}(A, axis=0)", "{f}(F, axis=1, keepdims=True)", "{f}(Z, -1)"),
    **each("median", "{f}(A)", "{f}(A, axis=0)", "{f}(F, axis=(0, 2))", "{f}(A, axis=-1, keepdims=True)", "{f}(V)"),
    **each(
        "percentile nanpercentile",
        "{f}(A, 30)",
        "{f}(A, [10.0, 75.0], axis=1)",
        "{f}(F, 40, axis=(0, 2), keepdims=True)",
        "{f}(A, 35, method='hazen')",
        "{f}(A, 35, method='lower')",
    ),
    **each(
        "quantile nanquantile",
        "{f}(A, 0.3)",
        "{f}(A, [0.1, 0.75], axis=1)",
        "{f}(Z, 0.4, axis=0)",
        "{f}(A, 0.35, method='weibull')",
    ),
    **each(
        "average",
        "{f}(A)",
        "{f}(A, axis=1, weights=V)",
        "{f}(A, weights=P)",
        "{f}(A, axis=1, weights=P[0], returned=True)",
    ),
    **each("cov corrcoef", "{f}(L)", "{f}(L, rowvar=False)", "{f}(V, W)"),
    **each(
        "nansum nanprod nanmean nanmax nanmin nanvar nanstd nanmedian",
        "{f}(N)",
        "{f}(N, axis=0)",
        "{f}(A, axis=1, keepdims=True)",
    ),
    **each("nancumsum nancumprod", "{f}(N)", "{f}(N, axis=1)", "{f}(A, axis=0)"),
    **each(
        "cumsum cumprod", "{f}(A)", "{f}(A, axis=0)", "{f}(Z, axis=-1)", "{f}(x)", "{f}(E, axis=1)", "{f}(C, axis=1)"
    ),
    **each("cumulative_sum cumulative_prod", "{f}(V)", "{f}(A, axis=1)", "{f}(A, axis=0, include_initial=True)"),
    **each("count_nonzero", "{f}(A) * np.sum(A)"),
    **each("diff", "{f}(A)", "{f}(A, n=2, axis=1)", "{f}(A, axis=0)", "{f}(V, prepend=x, append=y)", "{f}(E)"),
    **each("ediff1d", "{f}(A)", "{f}(V, to_end=x, to_begin=W)"),
    **each(
        "gradient",
        "{f}(L)",
        "{f}(V, 0.5)",
        "{f}(L, axis=0)",
        "{f}(L, 2.0, np.array([0.0, 0.5, 2.0]))",
        "{f}(L, axis=1, edge_order=2)",
    ),
    **each("trapezoid", "{f}(A)", "{f}(A, dx=0.5, axis=0)", "{f}(A, x=V)", "{f}(V, W)"),
    # ---- linear algebra -------------------------------------------------------------------------
    **each("dot", "{f}(V, W)", "{f}(A, V)", "{f}(A, S)", "{f}(x, A)", "{f}(F, L)", "{f}(C, D)"),
    **each("vdot", "{f}(V, W)", "{f}(A, B)", "{f}(C, A)", "{f}(x, y)"),
    **each("inner", "{f}(V, W)", "{f}(A, B)", "{f}(A, V)", "{f}(x, A)"),
    **each("outer", "{f}(V, W)", "{f}(A, V)", "{f}(x, V)"),
    **each("matmul", "{f}(A, S)", "{f}(K, V)", "{f}(V, W)", "{f}(K, R)", "{f}(E, S)", "{f}(C, D)"),
    **each("tensordot", "{f}(A, S, 1)", "{f}(F, F, axes=([0, 2], [0, 2]))", "{f}(V, W, 0)"),
    **each(
        "einsum",
        "{f}('ij,jk->ik', A, S)",
        "{f}('ii->i', S)",
        "{f}('ij->', A)",
        "{f}('...i,i->...', K, V)",
        "{f}('ij,ik,jl->kl', S, R, H, optimize=True)",
        "{f}('i,j', V, W)",
    ),
    **each("kron", "{f}(A, S)", "{f}(V, W)", "{f}(A, V)", "{f}(x, V)"),
    **each("cross", "{f}(V, W)", "{f}(A, B)", "{f}(K, V)", "{f}(S, R, axis=0)"),
    **each("trace", "{f}(S)", "{f}(A, 1)", "{f}(K, axis1=1, axis2=-1)"),
    **each("vecdot", "{f}(A, B)", "{f}(A, V)", "{f}(C, C)"),
    **each("matvec", "{f}(S, V)", "{f}(K, A)", "{f}(D, V)"),
    **each("vecmat", "{f}(V, S)", "{f}(A, K)"),
    **each(
        "convolve correlate", "{f}(V, np.ravel(L))", "{f}(V, W, 'same')", "{f}(V, W, mode='valid')", "{f}(V, W, 'full')"
    ),
    **each(
        "linalg.cholesky",
        "{f}(H)",
        "{f}(H, upper=True)",
        "{f}(np.stack([H, H + S @ S.T]))",
        "{f}(D @ np.conj(D.T) + 3.0 * np.eye(3))",
    ),
    **each("linalg.det", "{f}(S)", "{f}(K)", "{f}(D)", "{f}(np.outer(V, W)[:2, :2] * np.ones((2, 2)))"),
    **each("linalg.slogdet", "{f}(S)", "{f}(K)", "{f}(H)"),
    **each("linalg.inv", "{f}(S)", "{f}(K)", "{f}(D)"),
    **each("linalg.solve", "{f}(S, V)", "{f}(S, R)", "{f}(K, S)", "{f}(D, V)"),
    **each(
        "linalg.lstsq",
        "{f}(L, np.ones(4))[0]",
        "{f}(L, L[:, :2] * L[:, 1:])[0]",
        "{f}(L, V[0] * np.arange(4.0) ** 2, rcond=None)[1]",
    ),
    **each("linalg.pinv", "{f}(L)", "{f}(S)", "{f}(A)"),
    **each("linalg.qr", "{f}(L)", "{f}(S)", "{f}(K, mode='reduced')"),
    **each(
        "linalg.svd",
        "(lambda u, s, v: [np.abs(u), s, np.abs(v)])(*{f}(L, full_matrices=False))",
        "{f}(S, compute_uv=False)",
        "(lambda u, s, v: u @ np.diag(np.exp(-s)) @ v)(*{f}(S))",
    ),
    **each("linalg.svdvals", "{f}(L)", "{f}(K)"),
    **each(
        "linalg.eigh",
        "(lambda w, v: [w, v * v])(*{f}(H))",
        "{f}(H)[0]",
        "(lambda w, v: v @ np.diag(np.exp(-w)) @ v.T)(*{f}(H + H.T))",
        "{f}(H, 'U')[0]",
    ),
    **each("linalg.eigvalsh", "{f}(H)", "{f}(np.stack([H, S @ S.T]))", "{f}(H, UPLO='U')"),
    **each("linalg.eig", "{f}(H + S * 0.1)[0]", "(lambda w, v: np.abs(v))(*{f}(H))"),
    **each("linalg.eigvals", "{f}(H)", "{f}(K)"),
    **each(
        "linalg.norm",
        "{f}(V)",
        "{f}(A)",
        "{f}(A, axis=1)",
        "{f}(V, 3)",
        "{f}(V, ord=1)",
        "{f}(A, np.inf)",
        "{f}(A, 'fro', (0, 1), True)",
        "{f}(C)",
    ),
    "numpy.linalg.norm (nuc/2)": (
        "np.linalg.norm(S, 2)",
        "np.linalg.norm(A, 'nuc')",
        "np.linalg.norm(K, 2, axis=(1, 2))",
        "np.linalg.norm(S, -2)",
    ),
    **each("linalg.vector_norm", "{f}(V)", "{f}(A, axis=1, ord=3)", "{f}(F, axis=(0, 2), keepdims=True)"),
    **each("linalg.matrix_norm", "{f}(A)", "{f}(K, ord=2)", "{f}(A, ord='nuc', keepdims=True)", "{f}(A, ord=1)"),
    **each("linalg.matrix_power", "{f}(S, 3)", "{f}(S, -2)", "{f}(K, 2)", "{f}(S, 1)"),
    **each("linalg.multi_dot", "{f}([A, S, V])", "{f}([V, S, R, W])"),
    **each("linalg.cond", "{f}(S)", "{f}(S, 'fro')"),
    **each("linalg.tensorinv", "{f}(np.reshape(L[:, :2] @ A, (2, 2, 3))[:, :, 0] * np.eye(2) + np.eye(2), ind=1)"),
    **each("linalg.tensorsolve", "{f}(S, V)"),
    **each("linalg.cross", "{f}(V, W)", "{f}(A, B)", "{f}(S, R, axis=0)"),
    **each("linalg.diagonal", "{f}(S)", "{f}(K, offset=1)"),
    **each("linalg.matmul", "{f}(A, S)", "{f}(K, R)"),
    **each("linalg.matrix_transpose", "{f}(A)", "{f}(K)"),
    **each("linalg.outer", "{f}(V, W)"),
    **each("linalg.tensordot", "{f}(A, S, axes=1)"),
    **each("linalg.trace", "{f}(S)", "{f}(K, offset=-1)"),
    **each("linalg.vecdot", "{f}(A, B)", "{f}(S, R, axis=0)"),
    # ---- Fourier transforms ---------------------------------------------------------------------
    **each("fft.fft fft.ifft", "{f}(A)", "{f}(C, axis=0)", "{f}(C, n=5)", "{f}(A, 2, norm='ortho')", "{f}(V)"),
    **each(
        "fft.fft2 fft.ifft2 fft.fftn fft.ifftn",
        "{f}(A)",
        "{f}(C)",
        "{f}(F, s=(2, 5), axes=(0, 2))",
        "{f}(C, norm='forward')",
    ),
    **each("fft.rfft", "{f}(A)", "{f}(L, axis=0)", "{f}(V, n=5)", "{f}(V, 2, norm='ortho')"),
    **each("fft.irfft", "{f}(C)", "{f}(C, n=3)", "{f}(D, axis=0, norm='ortho')", "{f}(A)"),
    **each("fft.rfft2 fft.rfftn", "{f}(A)", "{f}(F, axes=(0, 1))", "{f}(L, s=(3, 4), axes=(0, 1))"),
    **each("fft.irfft2 fft.irfftn", "{f}(C)", "{f}(D, s=(2, 3), axes=(0, 1))", "{f}(C, norm='forward')"),
    **each("fft.hfft", "{f}(C)", "{f}(C, n=3)"),
    **each("fft.ihfft", "{f}(A)", "{f}(V, n=2)"),
    **each("fft.fftshift fft.ifftshift", "{f}(A)", "{f}(F, axes=(0, 2))", "{f}(V)"),
    # ---- shape ----------------------------------------------------------------------------------
    **each("reshape", "{f}(A, (3, 2))", "{f}(A, -1)", "{f}(Z, (3, 2), order='F')", "{f}(E, (3, 0))"),
    **each("ravel", "{f}(A)", "{f}(Z)", "{f}(A, order='F')", "{f}(x)"),
    **each("squeeze", "{f}(A[:1])", "{f}(A[:, :1], axis=1)"),
    **each("expand_dims", "{f}(A, 0)", "{f}(A, (0, -1))", "{f}(x, 0)"),
    **each("transpose permute_dims", "{f}(A)", "{f}(F, (2, 0, 1))"),
    **each("matrix_transpose", "{f}(A)", "{f}(F)"),
    **each("swapaxes", "{f}(F, 0, -1)"),
    **each("moveaxis", "{f}(F, 0, 2)", "{f}(F, (0, 1), (-1, 0))"),
    **each("rollaxis", "{f}(F, 2)", "{f}(F, 2, 1)"),
    **each("atleast_1d atleast_2d atleast_3d", "{f}(x)", "{f}(V)", "{f}(A)", "{f}(V, x)"),
    **each("broadcast_to", "{f}(V, (2, 3))", "{f}(x, (2,))"),
    **each("broadcast_arrays", "{f}(A, V)", "{f}(x, V)"),
    **each("flip", "{f}(A)", "{f}(A, 0)", "{f}(F, axis=(0, 2))"),
    **each("fliplr flipud", "{f}(A)", "{f}(F)"),
    **each("rot90", "{f}(A)", "{f}(F, 2, axes=(0, 2))", "{f}(A, k=-1)"),
    **each("roll", "{f}(A, 1)", "{f}(A, 1, axis=1)", "{f}(A, (1, -1), axis=(0, 1))"),
    **each("repeat", "{f}(A, 2)", "{f}(A, [1, 0, 2], axis=1)", "{f}(x, 3)"),
    **each("tile", "{f}(A, 2)", "{f}(V, (2, 2))", "{f}(x, 3)"),
    **each("tril triu", "{f}(S)", "{f}(A, 1)", "{f}(K, k=-1)"),
    **each("diag", "{f}(V)", "{f}(S)", "{f}(S, 1)", "{f}(V, k=-1)"),
    **each("diagflat", "{f}(V)", "{f}(A, 1)"),
    **each("diagonal", "{f}(S)", "{f}(F, 1, 0, 2)"),
    **each("pad", "{f}(A, 1)", "{f}(A, ((1, 0), (2, 1)), constant_values=3.0)", "{f}(V, (0, 2), 'constant')"),
    "numpy.pad (edge/reflect)": (
        "np.pad(A, 1, mode='edge')",
        "np.pad(V, 2, 'reflect')",
        "np.pad(A, ((0, 1), (2, 1)), mode='symmetric')",
        "np.pad(V, 2, 'wrap')",
    ),
    **each("vander", "{f}(V)", "{f}(V, 4, increasing=True)"),
    **each("astype", "{f}(A, np.float32)", "{f}(A, complex)"),
    **each("copy", "{f}(A)", "{f}(Z)"),
    **each("full", "{f}((2,), y, like=A)", "{f}((2, 3), V, like=V)"),
    **each("full_like", "{f}(A, y)", "{f}(A, V)"),
    **each("asarray asanyarray ascontiguousarray", "{f}(A, like=A)", "{f}([V, W], like=V)"),
    "numpy.array([Value, ...])": (
        "te.array([x, y, 1.0])",
        "te.array([V, W])",
        "np.array([V, W], like=V)",
        "np.array([[x, 1.0], [0.0, y * x]], like=A)",
    ),
    **each("linspace", "{f}(x, y, 4)", "{f}(V, W, 3, axis=1)", "{f}(x, 2.0, num=3, endpoint=False)"),
    **each("geomspace", "{f}(x, y, 4)", "{f}(P[0], Q[0], 3)"),
    **each("logspace", "{f}(x, y, 4)", "{f}(V, W, 3, base=2.0)"),
    **each("meshgrid", "{f}(V, W)", "{f}(V, W[:2], indexing='ij')", "{f}(V, W, sparse=True)"),
    "numpy.iteration": ("[row * 2.0 for row in A]", "sum(v * v for v in V)"),
    # ---- joining and cutting --------------------------------------------------------------------
    **each(
        "concatenate concat", "{f}([A, B])", "{f}((A, B, E), axis=0)", "{f}([A, V], axis=None)", "{f}([A, C], axis=-1)"
    ),
    **each("stack", "{f}([A, B])", "{f}([V, W], axis=-1)", "{f}([x, y])"),
    **each("vstack hstack dstack column_stack", "{f}([A, B])", "{f}([V, W])"),
    **each("row_stack", "np.vstack([A, B])"),
    **each("block", "{f}([A, B])", "{f}([[A, B], [B, A]])", "{f}([V, x])"),
    **each("append", "{f}(A, B)", "{f}(A, B, axis=0)", "{f}(V, x)"),
    **each("split", "{f}(A, 3, axis=1)", "{f}(V, [1])", "{f}(A, 2)"),
    **each("array_split", "{f}(V, 2)", "{f}(A, [1, 2], axis=-1)"),
    **each("hsplit", "{f}(A, 3)", "{f}(V, [1])"),
    **each("vsplit", "{f}(A, 2)"),
    **each("dsplit", "{f}(F, 2)"),
    **each("unstack", "{f}(A)", "{f}(F, axis=-1)"),
    "numpy.r_ / c_": ("np.r_[V, W]", "np.c_[V, W]"),
    # ---- choosing -------------------------------------------------------------------------------
    **each("where", "{f}(M, A, B)", "{f}(A > 0, A, 0.0)", "{f}(M, x, A)"),
    **each("select", "{f}([A > 0.5, A < -0.5], [A, B], default=y)", "{f}([M], [A])"),
    **each("choose", "{f}(J, [x, y, 3.0])", "{f}(I[:3] % 2, [V, W])", "{f}(I, [x, y], mode='wrap')"),
    **each("sort", "{f}(A)", "{f}(A, axis=0)", "{f}(A, axis=None)", "{f}(Z, kind='stable')"),
    **each("partition", "{f}(V, 1)", "{f}(A, (0, 2), axis=1)"),
    **each("take", "{f}(A, I)", "{f}(A, I, axis=1)", "{f}(A, J, axis=-1)", "{f}(A, [7, -8], mode='wrap')", "{f}(V, 1)"),
    **each("take_along_axis", "{f}(A, np.argsort(A, axis=1), axis=1)", "{f}(A, J, axis=1)"),
    **each("compress", "{f}([True, False], A, axis=0)", "{f}([False, True, True], A)"),
    **each("extract", "{f}(M, A)", "{f}(A > 0, A)"),
    **each("searchsorted", "np.sum(V) * {f}(np.sort(W), 0.2)"),
    **each("unique", "{f}(A)", "{f}(np.concatenate([V, V]))"),
    **each("delete", "{f}(A, 1, axis=1)", "{f}(V, [0, 2])", "{f}(A, slice(0, 4))"),
    **each("insert", "{f}(V, 1, x)", "{f}(A, 1, V[:2], axis=1)", "{f}(V, [0, 2], W[:2])"),
    **each("resize", "{f}(A, (3, 4))", "{f}(V, 2)"),
    **each("trim_zeros", "{f}(np.concatenate([np.zeros(2), V, np.zeros(1)]))"),
    **each("apply_along_axis", "{f}(lambda v: v * v, 1, A)", "{f}(np.sum, 0, A)"),
    **each("apply_over_axes", "{f}(np.sum, F, (0, 2))"),
    "numpy.getitem (basic)": ("A[0]", "A[:, 1:]", "A[..., None, ::-1]", "A[-1, 0]", "E[:, 0]"),
    "numpy.getitem (fancy)": ("A[:, I]", "A[M]", "A[[0, 1], [2, 2]]", "A[A > 0]", "F[1, :, I]", "V[I]"),
    # ---- polynomials ----------------------------------------------------------------------------
    **each("polyval", "{f}(V, A)", "{f}(V, x)", "{f}([1.0, 2.0], A)"),
    **each("poly", "{f}(V)"),
    **each("polyadd polysub polymul", "{f}(V, W)", "{f}(V, W[:2])"),
    **each("polydiv", "{f}(V, W[:2])", "{f}(V, W)"),
    **each("polyder polyint", "{f}(V)", "{f}(V, 2)"),
    **each(
        "polyfit",
        "{f}(np.arange(4.0), L[:, 0], 1)",
        "{f}(L[:, 1], L, 2)",
        "{f}(np.arange(4.0), L[:, 0], 1, w=[1.0, 2.0, 1.0, 0.5])",
    ),
    # ---- methods --------------------------------------------------------------------------------
    **{
        f"ndarray.{name}": (f"A.{name}()", f"F.{name}(axis=1)", f"Z.{name}()")
        for name in ["sum", "prod", "mean", "std", "var", "max", "min", "cumsum", "cumprod"]
    },
    "ndarray.ptp": ("np.ptp(A)", "np.ptp(F, axis=1)"),
    "ndarray.ravel": ("A.ravel()", "Z.ravel()"),
    "ndarray.flatten": ("A.flatten()", "Z.flatten()"),
    "ndarray.copy": ("A.copy()", "Z.copy()"),
    "ndarray.conj": ("C.conj()", "A.conj()"),
    "ndarray.conjugate": ("C.conjugate()", "A.conjugate()"),
    "ndarray.real": ("C.real", "A.real"),
    "ndarray.imag": ("C.imag", "np.sum(A) + A.imag"),
    "ndarray.squeeze": ("A[:1].squeeze()", "A[:, :1].squeeze(axis=1)"),
    "ndarray.reshape": ("A.reshape(3, 2)", "A.reshape((-1,))", "A.reshape(2, -1)"),
    "ndarray.transpose": ("A.transpose()", "F.transpose(2, 0, 1)", "F.transpose((1, 0, 2))"),
    "ndarray.T": ("A.T", "F.T"),
    "ndarray.mT": ("A.mT", "F.mT"),
    "ndarray.swapaxes": ("F.swapaxes(0, 2)",),
    "ndarray.clip": ("A.clip(-0.5, 0.5)", "A.clip(max=0.2)"),
    "ndarray.dot": ("A.dot(V)", "S.dot(R)"),
    "ndarray.trace": ("S.trace()", "F.trace(offset=1)"),
    "ndarray.diagonal": ("S.diagonal()", "F.diagonal(1, 0, 2)"),
    "ndarray.repeat": ("A.repeat(2)", "A.repeat([2, 1], axis=0)"),
    "ndarray.take": ("A.take(I)", "A.take(J, axis=1)"),
    "ndarray.astype": ("A.astype(np.float32)", "A.astype(complex)"),
    "ndarray.item": ("A[0, 1].item()",),
    "ndarray.tolist": ("A.tolist()",),
    "ndarray.compress": ("A.compress([True, False], axis=0)", "A.compress([False, True])"),
    "ndarray.choose": ("np.argsort(A, axis=1).choose([B, 2.0 * B, 3.0])",),
    "ndarray.round": ("A.round()", "A.round(1)"),
    "ndarray.view": ("A.view()",),
    "ndarray.partition": ("V.partition(1)",),
    "ndarray.sort": ("A.sort()",),
    "ndarray.flat": ("list(A.flat)",),
}


def special(names, *texts, module="special"):
    """Cases of `scipy.special`: its ufuncs as they are; what is not a ufunc by `ours`."""
    return {f"special.{name}": tuple(text.format(f=f"{module}.{name}") for text in texts) for name in names.split()}


OURS = "ours.special"
CASES |= {
    **special(
        "expit erf erfc dawsn expm1 exp10 log_ndtr ndtr i0 i0e i1 i1e j0 j1 cbrt erfcx sinc",
        "{f}(A)",
        "{f}(x)",
        "{f}(E)",
    ),
    **special(
        "gamma gammaln digamma psi rgamma entr log1p k0 k1 y0 y1 exp1 expi spence", "{f}(P)", "{f}(y)", "{f}(E + 1.0)"
    ),
    **special("erfinv", "{f}(U)", "{f}(x)"),
    **special("logit ndtri erfcinv", "{f}(U * U)", "{f}(x)"),
    **special(
        "beta betaln xlogy xlog1py rel_entr kl_div poch", "{f}(P, Q)", "{f}(x, y)", "{f}(P, y)", "{f}(E + 1.0, Q[0])"
    ),
    **special("boxcox", "{f}(P, Q)", "{f}(y, x)"),
    **special("huber pseudo_huber", "{f}(P, A)", "{f}(y, x)"),
    **special("polygamma", "{f}(2, P)", "{f}(1, y)", module=OURS),
    **special("multigammaln", "{f}(P[0] + 1.0, 2)", "{f}(y + 1.0, 2)", module=OURS),
    **special("gammasgn", "special.gammasgn(A) * A"),
    **special("gammainc gammaincc", "{f}(1.5, P)", "{f}([0.5, 1.0, 2.0], P)"),
    **special("betainc", "{f}(1.5, 2.5, U * U)"),
    **special("hyp1f1", "{f}(0.5, 1.5, A)"),
    **special("iv ive jv jn kv yn", "{f}(2, P)", "{f}(1, y)"),
    **special("zeta", "{f}(2.5, P)", module=OURS),
    **special("logsumexp", "{f}(A)", "{f}(A, axis=1, keepdims=True)", "{f}(A, axis=0, b=P)", module=OURS),
    **special("softmax log_softmax", "{f}(A)", "{f}(A, axis=1)", module=OURS),
    # ---- distributions ----------------------------------------------------------------------------
    **{
        f"stats.norm.{name}": (f"ours.stats.norm.{name}(A)", f"ours.stats.norm.{name}(A, V, P)")
        for name in ["pdf", "logpdf", "cdf", "logcdf", "sf", "logsf"]
    },
    **{f"stats.beta.{name}": (f"ours.stats.beta.{name}(U * U, 1.5, 2.5)",) for name in ["pdf", "logpdf", "cdf"]},
    **{
        f"stats.gamma.{name}": (f"ours.stats.gamma.{name}(P, 1.5)", f"ours.stats.gamma.{name}(P, 2.0, 0.1, y)")
        for name in ["pdf", "logpdf", "cdf"]
    },
    **{f"stats.chi2.{name}": (f"ours.stats.chi2.{name}(P, 3.0)",) for name in ["pdf", "logpdf", "cdf"]},
    **{
        f"stats.t.{name}": (f"ours.stats.t.{name}(A, 3.0)", f"ours.stats.t.{name}(A, 4.0, x, y)")
        for name in ["pdf", "logpdf", "cdf", "logcdf"]
    },
    **{f"stats.poisson.{name}": (f"ours.stats.poisson.{name}(I, y)",) for name in ["pmf", "logpmf", "cdf"]},
    **{
        f"stats.dirichlet.{name}": (f"ours.stats.dirichlet.{name}(np.array([0.2, 0.3, 0.5]), P[0])",)
        for name in ["pdf", "logpdf"]
    },
    **{
        f"stats.multivariate_normal.{name}": (f"ours.stats.multivariate_normal.{name}(V, W, 0.5 * (H + H.T))",)
        for name in ["pdf", "logpdf"]
    },
    "stats.multivariate_normal.entropy": ("ours.stats.multivariate_normal.entropy(W, 0.5 * (H + H.T))",),
    # ---- the rest of SciPy --------------------------------------------------------------------------
    "scipy.linalg.cholesky": ("ours.linalg.cholesky(H)", "ours.linalg.cholesky(H, lower=True)"),
    "scipy.linalg.det": ("ours.linalg.det(S)",),
    "scipy.linalg.inv": ("ours.linalg.inv(S)",),
    "scipy.linalg.expm": ("ours.linalg.expm(S / 4.0)",),
    "scipy.linalg.solve": ("ours.linalg.solve(S, V)", "ours.linalg.solve(S, R)"),
    "scipy.linalg.solve_triangular": (
        "ours.linalg.solve_triangular(S, V)",
        "ours.linalg.solve_triangular(S, R, lower=True, trans=1)",
    ),
    "scipy.linalg.solve_banded": ("ours.linalg.solve_banded((1, 1), S, V)",),
    "scipy.linalg.solve_sylvester": ("ours.linalg.solve_sylvester(H, H + R @ R.T, S)",),
    "scipy.linalg.sqrtm": ("ours.linalg.sqrtm(H)",),
    "signal.convolve": ("ours.signal.convolve(V, np.ravel(L))", "ours.signal.convolve(L, S, mode='same')"),
    "scipy.integrate.odeint": (
        "ours.integrate.odeint(lambda y, t: [-0.5, 0.2, -1.0] * y, V, [0.0, 0.5, 1.0], rtol=1e-11, atol=1e-11)",
    ),
}
"""Functions by the name they have in `functions.tsv`; see the top of this file."""
