"""Which other engines are installed: they come with the `bench` extra, and none of them is required.

A workload asks for a rival by name and leaves its rows out, and says so, where it is missing.  Each
workload runs in a process of its own, so a rival is loaded only where it takes part.
"""

from __future__ import annotations

from importlib import import_module, metadata
from importlib.util import find_spec
from typing import Any

RIVALS = ("scipy", "micrograd", "autograd", "mygrad", "torch", "jax")


def installed(name: str) -> bool:
    """Whether the package can be imported."""
    return find_spec(name) is not None


def loaded(module: str) -> Any:
    """The module (`"autograd.numpy"`), or None if its package is not installed."""
    return import_module(module) if installed(module.partition(".")[0]) else None


def versions() -> dict[str, str]:
    """The versions of NumPy and of the rivals that are installed."""
    return {name: metadata.version(name) for name in ("numpy", *RIVALS) if installed(name)}
