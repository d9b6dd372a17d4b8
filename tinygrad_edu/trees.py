"""Nested containers of numbers, arrays and Values: dicts, lists, tuples and named tuples.

`leaves` lists what is in a tree, in order, and `rebuilt` puts other things in their places.  None is
an empty tree.  Nothing here knows about derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


def leaves(tree: Any) -> list[Any]:
    """What is in `tree`, in order.

    >>> leaves({"w": [1.0, 2.0], "b": (3.0, None)})
    [1.0, 2.0, 3.0]
    """
    found: list[Any] = []
    stack = [tree]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            stack.extend(reversed(part.values()))
        elif isinstance(part, list | tuple):
            stack.extend(reversed(part))
        elif part is not None:
            found.append(part)
    return found


def rebuilt(tree: Any, new: Iterable[Any]) -> Any:
    """`tree` with its leaves replaced, in order, by `new`.

    >>> rebuilt({"w": [1.0, 2.0], "b": 3.0}, "xyz")
    {'w': ['x', 'y'], 'b': 'z'}
    """
    following = iter(new)
    return _rebuilt(tree, following)


def _rebuilt(tree: Any, following: Iterator[Any]) -> Any:
    if isinstance(tree, dict):
        return type(tree)((key, _rebuilt(part, following)) for key, part in tree.items())
    if isinstance(tree, list | tuple):
        parts = [_rebuilt(part, following) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return None if tree is None else next(following)


def mapped(f: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """`f` of each leaf of `tree` and its counterparts in trees of the same structure.

    Raises ValueError if the trees have different numbers of leaves."""
    return rebuilt(tree, [f(*parts) for parts in zip(leaves(tree), *map(leaves, others), strict=True)])
