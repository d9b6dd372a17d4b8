"""NumPy by hand: the Hessian is Xᵀ diag(p (1 − p)) X / n, with p = σ(Xw), as t² = 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from .problem import Problem, Program

ONE = np.float32(1.0)


def make(problem: Problem, what: str) -> Program:
    w, v, X, _ = problem.data()
    p, curvature, Xv = (np.empty(problem.rows, np.float32) for _ in range(3))
    Hv, H, scaled = np.empty_like(w), np.empty((w.size, w.size), np.float32), np.empty_like(X)

    def curve() -> None:
        np.matmul(X, w, out=p)
        np.negative(p, out=p)
        np.exp(p, out=p)
        np.add(p, ONE, out=p)
        np.divide(ONE, p, out=p)
        np.subtract(ONE, p, out=curvature)
        np.multiply(curvature, p, out=curvature)
        np.multiply(curvature, np.float32(1.0 / problem.rows), out=curvature)

    def product() -> Any:
        curve()
        np.matmul(X, v, out=Xv)
        np.multiply(Xv, curvature, out=Xv)
        return np.matmul(X.T, Xv, out=Hv)

    def hessian() -> Any:
        curve()
        np.multiply(X, curvature[:, None], out=scaled)
        return np.matmul(X.T, scaled, out=H)

    return {"product": product, "hessian": hessian}[what]
