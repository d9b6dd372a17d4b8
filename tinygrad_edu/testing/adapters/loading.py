"""Modules here that need another package are loaded when they are first asked for.

So the kit needs NumPy and Hypothesis alone, and who lacks a package is told which.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

NEEDS = {
    "hips": ("HIPS autograd", "autograd"),
    "mygrad": ("MyGrad", "mygrad"),
    "torch": ("PyTorch", "torch"),
    "jax": ("JAX", "jax"),
    "micrograd": ("micrograd", "micrograd"),
}
"""Module → what its package is called, and the name that pip knows."""


def adapter(module: str, asked_for: str) -> Any:
    """A module of this package; `asked_for` is what it is loaded for, in messages.

    Raises ImportError if the package that it needs is not installed.
    """
    try:
        return import_module(f".{module}", __package__)
    except ModuleNotFoundError as error:
        called, package = NEEDS.get(module, ("", ""))
        if (error.name or "").partition(".")[0] != package:
            raise  # it is there, and lacks something itself
        raise ImportError(f"{asked_for} needs {called}: pip install {package}", name=package) from error


__all__ = ["adapter"]
