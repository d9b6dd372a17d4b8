"""This library, eager or compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_edu as te

from .problem import Problem, Program, loss


def product(w: Any, v: Any, X: Any, t: Any) -> Any:
    return te.hvp(lambda w: loss(np, w, X, t), w, v)


def hessian(w: Any, v: Any, X: Any, t: Any) -> Any:  # noqa: ARG001
    return te.hessian(lambda w: loss(np, w, X, t))(w)


def make(problem: Problem, what: str, compiled: bool) -> Program:
    data = problem.data()
    f = {"product": product, "hessian": hessian}[what]
    if compiled:
        f = te.compile(f)
    return lambda: f(*data)
