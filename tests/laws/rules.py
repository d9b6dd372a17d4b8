"""The laws.  Each takes a `Call` (and directions drawn for it) and raises AssertionError if broken.

Adjoint identity and symmetry need no step size, so they are tight (1e-9).  Central differences of the
oracle, of fourth order, tell that the derivative is of the right function: to 1e-6, which catches a
rule off by 0.05 % and forgives rounding.

Every law holds for complex numbers too: u, x and t are complex where the result or the input is, the
pairing is ⟨u, y⟩ = Re Σ u·y, and the slope is that of the step h, which is real.
"""

import numpy as np

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.engine import transposed
from tinygrad_edu.kinds import fit, is_complex

STEP = 1e-3
EXACT, NUMERIC = 1e-9, 1e-6


# ---- small tools --------------------------------------------------------------------------------


def in_double(x):
    """An array in double precision, complex if `x` is."""
    return np.asarray(x, complex if np.iscomplexobj(x) else float)


def dot(a, b):
    """⟨a, b⟩ of two numbers or arrays of one shape: without a conjugate, as the engine pairs them."""
    assert np.shape(a) == np.shape(b), f"shapes {np.shape(a)} and {np.shape(b)}"
    return float(np.real(np.sum(in_double(a) * in_double(b))))


def paired(u, y):
    """⟨u, y⟩ where either may be a Value: to be differentiated."""
    total = np.sum(u * y)
    return np.real(total) if is_complex(total) else total


def size_of(*parts):
    """How large the numbers are that a comparison is about: the unit of its tolerance."""
    return 1.0 + sum(float(np.sum(np.abs(p))) for p in parts)


def slope(f, xs, ts, h=STEP):
    """The derivative of `f` at `xs` along `ts`: central differences of fourth order."""

    def at(steps):
        return in_double(f(*(x + steps * h * t for x, t in zip(xs, ts, strict=True))))

    return (8.0 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12.0 * h)


def close(a, b, tolerance, scale=1.0):
    """Assert that numbers or arrays agree to `tolerance` × `scale`."""
    np.testing.assert_allclose(in_double(a), in_double(b), rtol=tolerance, atol=tolerance * scale)


def gradients(call, u):
    """`backward` from a cotangent: the gradient of every input, 0 where none came."""
    leaves = [Value(x) for x in call.inputs]
    out = call.function(*leaves)
    out.backward(u)
    return [x.grad if x.grad is not None else np.zeros_like(x.data) if x.shape else type(x.data)() for x in leaves]


# ---- laws of the value --------------------------------------------------------------------------


def forward_is_the_oracles(call):
    """Value, shape and dtype are those of NumPy; a single number is a Python number."""
    with np.errstate(all="ignore"):  # floats warn of nothing, arrays as NumPy does
        expected = call.oracle(*call.inputs)
        out = call.function(*map(Value, call.inputs))
    assert type(out) is Value
    assert call.name is None or call.name == out.op.name, f"recorded as {out.op.name}"
    assert out.shape == np.shape(expected)
    kind = np.result_type(expected)
    if out.shape == ():
        assert type(out.data) in {"f": [float], "c": [complex], "b": [bool], "i": [int], "u": [int]}[kind.kind]
    else:
        assert out.data.dtype == kind, f"{out.data.dtype} for NumPy's {kind}"
    eps = np.finfo(kind).eps if kind.kind in "fc" else 0.0
    np.testing.assert_allclose(out.data, expected, rtol=16 * eps, atol=16 * eps)


def nothing_is_changed(call, u):
    """No walk changes an input, a constant, a result or the cotangent it was given."""
    frozen = [np.array(x) for x in call.inputs]
    leaves = [Value(x) for x in call.inputs]
    out = call.function(*leaves)
    before, seed = np.array(out.data), np.array(u) if np.shape(u) else u
    out.backward(seed)
    te.jvp(call.function, call.inputs, call.inputs)
    for leaf, given, copy in zip(leaves, call.inputs, frozen, strict=True):
        np.testing.assert_array_equal(leaf.data, copy)
        np.testing.assert_array_equal(given, copy)
    np.testing.assert_array_equal(out.data, before)
    np.testing.assert_array_equal(seed, u)


# ---- laws of the first derivative ---------------------------------------------------------------


def gradient_is_the_slope(call, u, ts):
    """Reverse mode gives the derivative of the oracle, in the cotangent `u` and the directions `ts`."""
    found = gradients(call, u)
    numeric = slope(lambda *xs: paired(u, call.oracle(*xs)), call.inputs, ts)
    parts = [dot(g, t) for g, t in zip(found, ts, strict=True)]
    close(sum(parts), numeric, NUMERIC, size_of(*found))


def tangent_is_the_slope(call, ts):
    """Forward mode gives the derivative of the oracle, element by element."""
    _, found = te.jvp(call.function, call.inputs, tuple(ts))
    close(found, slope(call.oracle, call.inputs, ts), NUMERIC, size_of(found))


def modes_are_adjoint(call, u, ts):
    """⟨u, J t⟩ = ⟨Jᵀ u, t⟩, whether by `vjp` or by `backward`."""
    _, forward = te.jvp(call.function, call.inputs, tuple(ts))
    _, back = te.vjp(call.function, *call.inputs)
    for reverse in (back(u), gradients(call, u)):
        ours = [dot(g, t) for g, t in zip(reverse, ts, strict=True)]
        close(dot(u, forward), sum(ours), EXACT, size_of(np.abs(u) * np.abs(forward), *ours))


def tangent_rule_is_the_transpose(op, inputs, settings, ts):
    """The row's tangent rules are those that follow from its gradient rules."""
    out = op(*inputs, **settings)
    like = in_double(out) if np.shape(out) else in_double(out).item()
    for i, t in enumerate(ts):
        rule, derived = op.jvps[i], transposed(op, i)
        assert (rule is None) == (derived is None)
        if rule is not None:
            one, other = (f(t, out, *inputs, **settings) for f in (rule, derived))
            close(fit(one, like), fit(other, like), EXACT, size_of(one))


def gradients_are_like_inputs(call, u):
    """A gradient has the shape and dtype of its input."""
    for x, g in zip(call.inputs, gradients(call, u), strict=True):
        assert np.shape(g) == np.shape(x)
        if np.shape(x):
            assert g.dtype == x.dtype, f"a gradient of {g.dtype} for an input of {x.dtype}"
        else:
            assert type(g) is (complex if np.iscomplexobj(x) else float)


def precision_is_kept(call, u, precise):
    """In float32 and mixed precision the gradient is that of float64, to the precision there is."""
    eps = max(np.finfo(np.result_type(x)).eps for x in call.inputs)
    for rough, exact in zip(gradients(call, u), gradients(precise, u), strict=True):
        close(rough, exact, 200 * eps, size_of(exact))


def backward_adds_up(call, u):
    """A second backward on the same record doubles what a leaf has, and starts results afresh."""
    leaves = [Value(x) for x in call.inputs]
    out = call.function(*leaves)
    out.backward(u)
    once = [np.array(0.0 if x.grad is None else x.grad) for x in leaves]
    out.backward(u)
    for x, g in zip(leaves, once, strict=True):
        np.testing.assert_array_equal(0.0 if x.grad is None else x.grad, 2.0 * g)
    if out.op is not None:
        np.testing.assert_array_equal(out.grad, u)


# ---- laws of the second derivative --------------------------------------------------------------


def second_orders_agree(call, u, w, ts, ss):
    """Reverse over reverse = forward over reverse = reverse over forward = differences; symmetric.

    Of φ = ⟨u, y⟩ + ½⟨w, y²⟩, so that a linear operation has a second derivative too."""

    def phi(xs):
        y = call.function(*xs)
        return paired(u, y) + 0.5 * paired(w, y * y)

    def along(directions):
        return lambda xs: sum(paired(g, t) for g, t in zip(te.grad(phi)(xs), directions, strict=True))

    xs, ts, ss = tuple(call.inputs), tuple(ts), tuple(ss)
    reverse_reverse = te.grad(along(ts))(xs)
    forward_reverse = te.jvp(te.grad(phi), (xs,), (ts,))[1]
    reverse_forward = te.grad(lambda xs: te.jvp(phi, (xs,), (ts,))[1])(xs)
    scale = size_of(*reverse_reverse)
    for other in (forward_reverse, reverse_forward):
        for a, b in zip(reverse_reverse, other, strict=True):
            close(a, b, EXACT, scale)
    forward = sum(dot(h, s) for h, s in zip(reverse_reverse, ss, strict=True))
    swapped = sum(dot(h, t) for h, t in zip(te.grad(along(ss))(xs), ts, strict=True))
    close(forward, swapped, EXACT, scale)
    close(forward, slope(lambda *xs: along(ss)(xs), xs, ts), NUMERIC, scale)
