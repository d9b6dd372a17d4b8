"""PyTorch's gradcheck: a specimen becomes a `torch.autograd.Function` that computes with NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.autograd.gradcheck import GradcheckError

from tinygrad_edu.testing.specimens import Specimen

from .contestant import Answer, Args, Asked, Outcome, Unfit, alike, arrays, has_several_results, low_precision

REPAIRED = {
    "bias not summed": "PyTorch sums a gradient down to the shape of its input, so the rule is right there",
    "axis of size 1 kept wide": "PyTorch sums a gradient down to the shape of its input, so the rule is right there",
    "number not summed": "PyTorch sums a gradient down to the shape of its input, so the rule is right there",
    "gradient in single precision": "PyTorch casts a gradient to the dtype of its input",
}
"""Faults that its engine makes good."""


def asked(specimen: Specimen, fast: bool) -> Asked:
    if low_precision(specimen):
        raise Unfit("gradcheck is made for double precision, as its documentation says")
    if any(np.size(x) == 0 for x in specimen.drawn(0)):
        raise Unfit("gradcheck refuses arrays without elements")
    if specimen.name in REPAIRED:
        raise Unfit(REPAIRED[specimen.name])
    f = function(specimen)
    forward = specimen.jvp is not None

    def ask(args: Args) -> Answer:
        xs = tuple(torch.tensor(np.asarray(x), requires_grad=True) for x in args)
        try:
            gradcheck(f, xs, fast_mode=fast, check_forward_ad=forward)
            if specimen.order == 2:
                gradgradcheck(f, xs, fast_mode=fast)
        except GradcheckError as error:
            return Answer(Outcome.ACCUSED, str(error))
        return Answer(Outcome.PASSED)

    return ask


def function(specimen: Specimen) -> Callable[..., Any]:
    """The specimen on tensors.  PyTorch's cotangents are the conjugates of ours."""
    rules = specimen.fresh()
    several = has_several_results(specimen)

    def pull(gs: Any, xs: Any) -> Any:
        return rules.vjp(alike([conjugate(g) for g in plain(gs)], several), *plain(xs))

    class Twice(torch.autograd.Function):
        """The rule as a function of the cotangents and of the inputs, with the rule for that."""

        @staticmethod
        def forward(ctx: Any, *inputs: Any) -> Any:
            ctx.save_for_backward(*inputs)
            return tensors(map(conjugate, arrays(pull(inputs[:-count], inputs[-count:]))))

        @staticmethod
        def backward(ctx: Any, *vs: Any) -> Any:
            g, *xs = plain(ctx.saved_tensors)
            v = alike(plain(vs), count > 1)
            return tensors(map(arrays_of, (rules.jvp(v, *xs), *arrays(rules.second(v, g, *xs)))))

    class Once(torch.autograd.Function):
        """The specimen, with its rules."""

        @staticmethod
        def forward(ctx: Any, *xs: Any) -> Any:
            ctx.save_for_backward(*xs)
            ctx.save_for_forward(*xs)
            found = tensors(arrays(rules.f(*plain(xs))))
            return found if several else found[0]

        @staticmethod
        def backward(ctx: Any, *gs: Any) -> Any:
            return Twice.apply(*gs, *ctx.saved_tensors)

        @staticmethod
        def jvp(ctx: Any, *ts: Any) -> Any:
            return tensors(arrays(rules.jvp(alike(plain(ts), count > 1), *plain(ctx.saved_tensors))))[0]

    count = len(specimen.drawn(0))
    return Once.apply


def plain(parts: Any) -> list[Any]:
    """The same memory as NumPy arrays: a rule may write into it, as it could in PyTorch."""
    return [part.detach().resolve_conj().numpy() for part in parts]


def tensors(parts: Any) -> tuple[Any, ...]:
    return tuple(torch.from_numpy(part) for part in parts)


def arrays_of(x: Any) -> Any:
    return np.array(x, order="C")


def conjugate(x: Any) -> Any:
    """A real array as it is, in its own memory."""
    return np.conj(x) if np.iscomplexobj(x) else x
