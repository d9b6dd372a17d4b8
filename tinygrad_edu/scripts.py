"""Python files of the user's own, run for the names that are in them, and not as the main program."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType


@contextmanager
def importable(module: ModuleType, path: Path) -> Iterator[None]:
    """Inside, the file finds its neighbours by `import`, and its own classes find their module."""
    before = list(sys.path)
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        del sys.modules[module.__name__]
        sys.path[:] = before


def execute(path: Path, module: ModuleType) -> None:
    """Run the file from top to bottom in the names of `module`."""
    module.__file__ = str(path)
    exec(compile(path.read_bytes(), str(path), "exec"), vars(module))


__all__ = ["execute", "importable"]
