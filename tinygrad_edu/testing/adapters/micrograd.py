"""micrograd as an engine (https://github.com/karpathy/micrograd): its class is what `in_scalars` was made for."""

from __future__ import annotations

from functools import partial

from micrograd.engine import Value

from .engine import Engine
from .scalars import in_scalars

ENGINE = Engine(
    "micrograd", partial(in_scalars, Value=Value), modes=("reverse",), orders=(1,), scalar=True, complex=False
)

__all__ = ["ENGINE"]
