"""autograd."""

from __future__ import annotations

from typing import Any

import autograd
import autograd.numpy as anp

from .problem import Problem, Program, loss


def product(w: Any, v: Any, X: Any, t: Any) -> Any:
    return autograd.hessian_vector_product(lambda w: loss(anp, w, X, t))(w, v)


def hessian(w: Any, v: Any, X: Any, t: Any) -> Any:  # noqa: ARG001
    return autograd.hessian(lambda w: loss(anp, w, X, t))(w)


def make(problem: Problem, what: str) -> Program:
    data = problem.data()
    f = {"product": product, "hessian": hessian}[what]
    return lambda: f(*data)
