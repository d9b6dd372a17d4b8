"""The laws.  Each takes a `Call` (and directions drawn for it) and raises AssertionError if broken.

What holds for every engine is `tinygrad_edu.testing`'s, of which a call is made a `Subject` here: exact laws,
and slopes of the oracle with error estimates.  What is said here beyond that is about this engine:
`backward` beside `vjp`, Python numbers, rows, and second derivatives in every order of modes.

Every law holds for complex numbers too: u, x and t are complex where the result or the input is, the
pairing is ⟨u, y⟩ = Re Σ u·y, and the slope is that of the step h, which is real.
"""

from dataclasses import replace

import numpy as np

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.engine import transposed
from tinygrad_edu.kinds import fit, is_complex
from tinygrad_edu.payload import plain
from tinygrad_edu.testing import laws
from tinygrad_edu.testing.adapters.own import in_tinygrad
from tinygrad_edu.testing.check import assert_gradients
from tinygrad_edu.testing.measure.report import Verdict
from tinygrad_edu.testing.subject import Subject

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


def by_vjp(call):
    """The call as the kit sees it: `vjp` and `jvp` of the function, and slopes of the oracle."""
    return replace(
        in_tinygrad(call.function),
        name=call.name or "f",
        value=lambda args: call.function(*map(Value, args)).data,
        reference=lambda args: call.oracle(*args),
    )


def by_backward(call):
    """The same, with the gradients that `backward` leaves."""
    return replace(by_vjp(call), vjp=lambda args, us: gradients(call.with_inputs(*args), *us))


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
        out = call.function(*map(Value, call.inputs))
        kind = np.result_type(call.oracle(*call.inputs))
        assert type(out) is Value
        assert call.name is None or call.name == out.op.name, f"recorded as {out.op.name}"
        if out.shape == ():
            assert type(out.data) in {"f": [float], "c": [complex], "b": [bool], "i": [int], "u": [int]}[kind.kind]
        eps = np.finfo(kind).eps if kind.kind in "fc" else 0.0
        laws.value_is(recorded(call, kind), call.oracle, call.inputs, tolerance=16.0 * eps)


def recorded(call, kind):
    """The value of the call on Values, where NumPy's numbers would be of that kind."""

    def value(args):
        data = call.function(*map(Value, args)).data
        return data if np.shape(data) else kind.type(data)

    return Subject(call.name or "f", value)


def nothing_is_changed(call, u):
    """No walk changes an input, a constant, a result or the cotangent it was given."""
    laws.nothing_is_changed(by_vjp(call), call.inputs, [u], call.inputs)
    leaves = [Value(x) for x in call.inputs]
    out = call.function(*leaves)
    before, seed = np.array(out.data), np.array(u) if np.shape(u) else u
    out.backward(seed)
    for leaf, given in zip(leaves, call.inputs, strict=True):
        np.testing.assert_array_equal(leaf.data, given)
    np.testing.assert_array_equal(out.data, before)
    np.testing.assert_array_equal(seed, u)


# ---- laws of the first derivative ---------------------------------------------------------------


def gradient_is_the_slope(call, u, ts):
    """Reverse mode gives the derivative of the oracle, in the cotangent `u` and the directions `ts`."""
    if not passes(call, by_backward(call), modes=("reverse",), cotangent=u, tangents=tuple(ts)):
        found = gradients(call, u)
        numeric = slope(lambda *xs: paired(u, call.oracle(*xs)), call.inputs, ts)
        close(sum(dot(g, t) for g, t in zip(found, ts, strict=True)), numeric, NUMERIC, size_of(*found))


def tangent_is_the_slope(call, ts):
    """Forward mode gives the derivative of the oracle, element by element."""
    if not passes(call, by_vjp(call), modes=("forward",), tangents=tuple(ts)):
        _, found = te.jvp(call.function, call.inputs, tuple(ts))
        close(found, slope(call.oracle, call.inputs, ts), NUMERIC, size_of(found))


def passes(call, subject, **options):
    """Whether the kit says that the slope is right; AssertionError if it says that it is wrong.

    It says neither where there is a nan among the inputs, and where slopes are hard to measure."""
    if not all(np.isfinite(x).all() for x in call.inputs):
        return False
    report = assert_gradients(subject, *call.inputs, **options)
    return report.verdict is Verdict.PASS


def modes_are_adjoint(call, u, ts):
    """⟨u, J t⟩ = ⟨Jᵀ u, t⟩, and `backward` gives what `vjp` gives."""
    laws.adjoint_identity(by_vjp(call), call.inputs, [u], ts)
    _, back = te.vjp(call.function, *call.inputs)
    for one, other in zip(gradients(call, u), back(u), strict=True):
        np.testing.assert_array_equal(one, other)


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
    """A gradient has the shape and dtype of its input; of a single number, it is a Python number."""
    laws.gradients_are_like_inputs(by_backward(call), call.inputs, [u])
    for x, g in zip(call.inputs, gradients(call, u), strict=True):
        assert np.shape(x) or type(g) is (complex if np.iscomplexobj(x) else float)


def precision_is_kept(call, u, precise):
    """In float32 and mixed precision the gradient is that of float64, to the precision there is."""
    laws.precision_is_kept(by_backward(call), call.inputs, precise.inputs, [u])


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
    energy = in_tinygrad(lambda *xs: phi(xs))
    laws.hessian_symmetric(energy, xs, [1.0], ts, ss)
    reverse_reverse = energy.pulled([1.0]).vjp(xs, list(ts))
    reverse_forward = te.grad(lambda xs: te.jvp(phi, (xs,), (ts,))[1])(xs)
    scale = size_of(*reverse_reverse)
    for one, other in zip(reverse_reverse, reverse_forward, strict=True):
        close(one, other, EXACT, scale)
    second_order_is_the_slope(call, energy, along(ss), ts, ss)


def second_order_is_the_slope(call, energy, first, ts, ss):
    """⟨H s, t⟩ is the slope along `t` of the first derivative along `ss`, which is `first`."""
    subject = Subject(
        call.name or "f",
        lambda args: plain(first(args)),
        lambda args, us: [us[0] * h for h in energy.pulled([1.0]).vjp(args, list(ss))],
    )
    if not passes(call, subject, modes=("reverse",), cotangent=1.0, tangents=ts):
        found = energy.pulled([1.0]).vjp(call.inputs, list(ts))
        forward = sum(dot(h, s) for h, s in zip(found, ss, strict=True))
        close(forward, slope(lambda *xs: first(xs), call.inputs, ts), NUMERIC, size_of(*found))
