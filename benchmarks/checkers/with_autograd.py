"""HIPS autograd's check_grads: a specimen becomes a primitive with its vjp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.extend import defjvp_argnums, defvjp_argnums, primitive
from autograd.test_util import check_grads

from tinygrad_edu.testing.specimens import Specimen

from .contestant import Answer, Args, Asked, Outcome, alike


def asked(specimen: Specimen) -> Asked:
    f = function(specimen)
    everything = tuple(range(len(specimen.drawn(0))))

    def ask(args: Args) -> Answer:
        try:
            check_grads(f, everything, modes=["rev"], order=specimen.order)(*args)
            if specimen.jvp:
                check_grads(f, everything, modes=["fwd"], order=1)(*args)
        except AssertionError as error:
            return Answer(Outcome.ACCUSED, str(error))
        return Answer(Outcome.PASSED)

    return ask


def function(specimen: Specimen) -> Callable[..., Any]:
    """The specimen on autograd's boxes."""
    rules = specimen.fresh()
    count = len(specimen.drawn(0))

    @primitive
    def f(*xs: Any) -> Any:
        return rules.f(*xs)

    @primitive
    def pull(g: Any, *xs: Any) -> Any:
        return rules.vjp(g, *xs)

    def back(argnums: Any, _out: Any, xs: Any, _options: Any) -> Any:
        return lambda g: chosen(argnums, in_tuple(pull(g, *xs), count))

    def back_again(argnums: Any, _out: Any, gx: Any, _options: Any) -> Any:
        g, *xs = gx
        return lambda v: chosen(argnums, (rules.jvp(v, *xs), *in_tuple(rules.second(v, g, *xs), count)))

    def forward(_argnums: Any, ts: Any, _out: Any, xs: Any, _options: Any) -> Any:
        return rules.jvp(alike(list(ts), count > 1), *xs)

    defvjp_argnums(f, back)
    defvjp_argnums(pull, back_again)
    defjvp_argnums(f, forward)
    return f


def in_tuple(gradients: Any, count: int) -> tuple[Any, ...]:
    """The gradients one by one: autograd's box of a tuple is no tuple."""
    return tuple(gradients[k] for k in range(count)) if count > 1 else (gradients,)


def chosen(argnums: Any, gradients: Any) -> tuple[Any, ...]:
    return tuple(gradients[k] for k in argnums)
