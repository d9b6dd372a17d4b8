"""The chapter of products of arrays: matmul, einsum and cross, which the others are spelled with."""

import operator

import numpy as np

from ..engine import EachInput
from ..kinds import fit, is_complex, linear, shape_of
from .index import getitem
from .shape import swapaxes

COLUMN, FIRST_COLUMN = (..., None), (..., 0)
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def transposed(x):
    """A matrix, or each of a stack of matrices, with rows and columns exchanged."""
    return x.T if x.ndim == 2 else swapaxes(x, axis1=-1, axis2=-2)


def _times_vector(g, y, x):
    """g · y, for the one number that x @ y is, in the precision of x: a number alone has none of its own."""
    if shape_of(g):
        return getitem(g, index=COLUMN) * y
    return (g if x.dtype == y.dtype or is_complex(g) else fit(g, x)) * y


def _matmul_left(g, out, x, y):
    """∂/∂x of x @ y: g @ yᵀ, where a vector stands for a row (x) or a column (y)."""
    if y.ndim == 1:
        return _times_vector(g, y, x) if x.ndim == 1 else getitem(g, index=COLUMN) * y
    if x.ndim == 1 and y.ndim > 2:
        return getitem(y @ getitem(g, index=COLUMN), index=FIRST_COLUMN)
    return g @ transposed(y)


def _matmul_right(g, out, x, y):
    """∂/∂y of x @ y: xᵀ @ g, likewise."""
    if x.ndim == 1:
        if y.ndim == 1:
            return _times_vector(g, x, y)
        return getitem(x, index=COLUMN) * getitem(g, index=(..., None, slice(None)))
    if y.ndim == 1:
        if x.ndim == 2:
            return g @ x  # the same for a stack of cotangents as for one
        return getitem(transposed(x) @ getitem(g, index=COLUMN), index=FIRST_COLUMN)
    return transposed(x) @ g


matmul = linear(
    operator.matmul, _matmul_left, _matmul_right,
    name="matmul", numpy=np.matmul, symbol="@", stacks=True, into=np.matmul, doc="the matrix product; leading axes broadcast",
)  # fmt: skip


# ---- einsum ------------------------------------------------------------------------------------------


def labels(subscripts, xs):
    """The labels of each operand and of the output, with `...` written out as further letters."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(xs):
        raise ValueError(f"einsum({subscripts!r}) names {len(terms)} operands; {len(xs)} were given")
    named = [term.replace("...", "") for term in terms]
    hidden = [
        len(shape_of(x)) - len(name) if "..." in term else 0 for term, name, x in zip(terms, named, xs, strict=True)
    ]
    dots = "".join(unused(subscripts, max(hidden)))
    terms = [term.replace("...", dots[len(dots) - n :]) for term, n in zip(terms, hidden, strict=True)]
    if not arrow:
        together = "".join(named)
        output = "..." + "".join(sorted(c for c in set(together) if together.count(c) == 1))
    return terms, output.replace("...", dots)


def unused(taken, n):
    """`n` letters that `taken` does not contain."""
    return [c for c in LETTERS if c not in taken][:n]


def operand_vjp(i):
    """The gradient rule of einsum in operand i: the same product with g in the operand's place."""

    def vjp(g, out, *xs, subscripts, optimize=False):
        terms, output = labels(subscripts, xs)
        wanted, sizes = terms[i], dict(zip(terms[i], shape_of(xs[i]), strict=True))
        factors = [(output, g), *((t, x) for j, (t, x) in enumerate(zip(terms, xs, strict=True)) if j != i)]
        fresh = iter(unused("".join(terms) + output, len(wanted)))
        target = ""
        for label in wanted:  # a label that occurs twice took a diagonal: its gradient lies on the diagonal
            if label in target:
                factors.append((label + (new := next(fresh)), np.eye(sizes[label], dtype=bool)))
                target += new
            else:
                target += label
        present = "".join(term for term, _ in factors)
        factors += [(c, np.ones(n, dtype=bool)) for c, n in sizes.items() if c not in present]  # summed on its own
        subscripts = ",".join(t for t, _ in factors) + "->" + target
        return einsum(*(x for _, x in factors), subscripts=subscripts, optimize=bool(optimize))

    return vjp


einsum = linear(
    lambda *xs, subscripts, optimize=False: np.einsum(subscripts, *xs, optimize=optimize),
    EachInput(operand_vjp),
    name="einsum",
    doc="Einstein's summation: sums of products over named axes",
)


# ---- the product of vectors in space -----------------------------------------------------------------

cross = linear(
    lambda x, y: np.cross(x, y),
    lambda g, out, x, y: cross(y, g),
    lambda g, out, x, y: cross(g, x),
    name="cross", doc="the vector at right angles to two of three elements, along the last axis",
)  # fmt: skip
