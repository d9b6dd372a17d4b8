"""Functions of PyTorch as Subjects, those with a rule of their own (`torch.autograd.Function`) among them.

PyTorch's gradient of a complex number is the conjugate of what is called so in JAX, in HIPS autograd and
here; it is turned round on the way in and on the way out.  What a `Function` does not offer (no `jvp`,
`once_differentiable`) is said by NotImplementedError.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from torch.autograd import forward_ad

from ..subject import Subject, is_variable
from .engine import Engine
from .means import Means, Run, parameters_of, plain_number, subject_of


def in_torch(f: Callable[..., Any], *, device: str = "cpu") -> Subject:
    """The Subject of a function of tensors; of a `torch.autograd.Function` give its `apply`.

    Tensors share the memory of the arrays that they are made of, so a function that changes its argument
    in place is seen doing it.  They are on `device`.

    >>> square = in_torch(lambda x: x * x)
    >>> square.vjp((3.0,), [1.0]), square.jvp((3.0,), [0.5]), square.pulled([1.0]).vjp((3.0,), [1.0])
    ([6.0], [3.0], [2.0])
    """
    tensor = partial(tensor_of, device=device)
    means = Means(
        value=partial(value, tensor),
        reverse=partial(reverse, tensor),
        forward=partial(forward, tensor),
        plain=plain,
        varies=varies,
        constant=partial(constant, device=device),
    )
    return replace(subject_of(f, means, "in_torch"), parameters=parameters_of(written(f)))


def value(tensor: Callable[[Any], Any], run: Run, xs: list[Any]) -> list[Any]:
    """The variables of the result."""
    return run([tensor(x) for x in xs])


def reverse(tensor: Callable[[Any], Any], run: Run, xs: list[Any], us: list[Any]) -> list[Any]:
    """The gradient of each variable; it is recorded if one of `xs` is, for then somebody differentiates it.

    The cotangents are recorded with it, without which `once_differentiable` would leave no trace."""
    inputs = [tensor(x) for x in xs]
    again = any(x.requires_grad or forward_ad.unpack_dual(x).tangent is not None for x in inputs)
    # A view keeps the tangent of a tensor, which `detach` does not.
    inputs = [x if x.requires_grad else x.view_as(x).requires_grad_() for x in inputs]
    seeds = [(y, tensor(u).conj()) for y, u in zip(run(inputs), us, strict=True) if depends(y)]
    if not seeds:
        return [torch.zeros_like(x) for x in inputs]
    outputs, cotangents = zip(*seeds, strict=True)
    if again:
        cotangents = tuple(u.resolve_conj().clone().requires_grad_() for u in cotangents)
    if any(map(refuses, outputs)):
        raise NotImplementedError("a gradient was asked of what is marked once_differentiable")
    found = torch.autograd.grad(outputs, inputs, cotangents, create_graph=again, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g.conj() for g, x in zip(found, inputs, strict=True)]


def forward(tensor: Callable[[Any], Any], run: Run, xs: list[Any], ts: list[Any]) -> list[Any]:
    """The tangent of each variable of the result."""
    load_rules()
    with forward_ad.dual_level():
        ys = run([forward_ad.make_dual(tensor(x), tensor(t)) for x, t in zip(xs, ts, strict=True)])
        return [tangent(y) for y in ys]


def tangent(y: Any) -> Any:
    """The tangent of a variable of the result: zero if it depends on nothing."""
    if not torch.is_tensor(y):
        return np.zeros_like(y)
    found = forward_ad.unpack_dual(y).tangent
    return torch.zeros_like(y) if found is None else found


@cache
def load_rules() -> None:
    """Let PyTorch load its rules for forward mode, which warns of a function that PyTorch itself calls."""
    with warnings.catch_warnings(), forward_ad.dual_level():
        warnings.simplefilter("ignore", DeprecationWarning)
        forward_ad.make_dual(torch.zeros(()), torch.zeros(()))


def tensor_of(x: Any, device: str = "cpu") -> Any:
    """NumPy's data as a tensor of the same dtype, in the same memory if it can be; a tensor as it is."""
    if torch.is_tensor(x):
        return x
    array = np.asarray(x)
    if not array.flags.writeable or any(stride < 0 for stride in array.strides):
        array = array.copy()  # PyTorch takes no such array
    return torch.as_tensor(array, device=device)


def constant(x: Any, device: str = "cpu") -> Any:
    """A tensor for an array; numbers and text stay, so that they may be settings such as a `dim`."""
    return tensor_of(x, device) if isinstance(x, np.ndarray) else x


def depends(y: Any) -> bool:
    """Whether a variable of the result depends on anything."""
    return bool(torch.is_tensor(y) and y.requires_grad)


def refuses(y: Any) -> bool:
    """Whether the gradient of a `once_differentiable` rule took part in a tensor.

    Its node in the record raises when it is walked; but the walk goes only to where it finds the inputs, and
    such a node leads nowhere, so that a zero would come out."""
    seen: set[Any] = set()
    stack = [y.grad_fn]
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        if node.name() == "torch::autograd::Error":
            return True
        seen.add(node)
        stack.extend(following for following, _ in node.next_functions)
    return False


def varies(x: Any) -> bool:
    """Whether a leaf of a result is in floating point."""
    return x.is_floating_point() or x.is_complex() if torch.is_tensor(x) else is_variable(x)


def plain(x: Any) -> Any:
    """A copy of a tensor as NumPy has it."""
    return plain_number(x.numpy(force=True) if torch.is_tensor(x) else x)


def written(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function that says the names of the arguments: of `Function.apply`, its `forward` without `ctx`."""
    rule = getattr(f, "__self__", None)
    if not isinstance(rule, type(torch.autograd.Function)):
        return f
    apart = rule.setup_context is not torch.autograd.Function.setup_context
    written_out: Callable[..., Any] = rule.forward if apart else partial(rule.forward, None)
    return written_out


ENGINE = Engine("torch", in_torch, torch, array=tensor_of)

__all__ = ["ENGINE", "in_torch"]
