"""JAX's check_grads: a specimen becomes a `jax.custom_vjp` that calls NumPy."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.test_util import check_grads

from tinygrad_edu.testing.specimens import Specimen

from .contestant import Answer, Args, Asked, Outcome, alike, arrays, has_several_results

jax.config.update("jax_enable_x64", True)
logging.getLogger("jax._src.callback").setLevel(logging.CRITICAL)  # a rule that raises is counted, not printed


def asked(specimen: Specimen) -> Asked:
    f, forward = in_reverse(specimen), specimen.jvp and forwards(specimen)

    def ask(args: Args) -> Answer:
        xs = tuple(np.asarray(x) for x in args)
        try:
            check_grads(f, xs, order=specimen.order, modes=["rev"])
            if forward:
                check_grads(forward, xs, order=1, modes=["fwd"])
        except AssertionError as error:
            return Answer(Outcome.ACCUSED, str(error))
        return Answer(Outcome.PASSED)

    return ask


def called(rule: Callable[..., Any], like: Any) -> Callable[..., Any]:
    """A rule on JAX's arrays, whose results must have the shapes and dtypes of `like`."""
    shapes = tuple(jax.ShapeDtypeStruct(np.shape(x), np.asarray(x).dtype) for x in like)

    def on_host(*xs: Any) -> Any:
        return arrays(rule(*(np.asarray(x) for x in xs)))

    return lambda *xs: jax.pure_callback(on_host, shapes, *xs)


def in_reverse(specimen: Specimen) -> Callable[..., Any]:
    rules, args = specimen.fresh(), specimen.drawn(0)
    several, count = has_several_results(specimen), len(args)
    value = called(rules.f, arrays(rules.f(*specimen.drawn(0))))
    pull = called(lambda *gx: rules.vjp(alike(gx[:-count], several), *gx[-count:]), args)

    @jax.custom_vjp
    def rule(*gx: Any) -> Any:
        return pull(*gx)

    def rule_back(gx: Any, vs: Any) -> Any:
        def both(*vgx: Any) -> Any:
            v, (g, *xs) = alike(vgx[:count], count > 1), vgx[count:]
            return rules.jvp(v, *xs), *arrays(rules.second(v, g, *xs))

        return called(both, gx)(*vs, *gx)

    rule.defvjp(lambda *gx: (rule(*gx), gx), rule_back)

    @jax.custom_vjp
    def f(*xs: Any) -> Any:
        return alike(value(*xs), several)

    f.defvjp(lambda *xs: (f(*xs), xs), lambda xs, g: rule(*(g if several else (g,)), *xs))
    return f


def forwards(specimen: Specimen) -> Callable[..., Any]:
    """The function with its forward rule alone: JAX takes one rule or the other."""
    rules, args = specimen.fresh(), specimen.drawn(0)
    out, count = arrays(rules.f(*specimen.drawn(0))), len(args)
    value = called(rules.f, out)
    push = called(lambda *tx: rules.jvp(alike(tx[:count], count > 1), *tx[count:]), out)

    @jax.custom_jvp
    def f(*xs: Any) -> Any:
        return value(*xs)[0]

    f.defjvp(lambda xs, ts: (f(*xs), push(*ts, *xs)[0]))
    return f
