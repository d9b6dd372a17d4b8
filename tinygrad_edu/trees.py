"""Nested containers of numbers, arrays and Values: dicts, lists, tuples and named tuples.

`leaves` lists what is in a tree, in order, and `rebuilt` puts other things in their places.  None is
an empty tree.  Nothing here knows about derivatives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
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
        elif isinstance(part, (list, tuple)):
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
        new = copy(tree)  # a dict of the same kind, with the same keys in the same order
        new.update([(key, _rebuilt(part, following)) for key, part in tree.items()])
        return new
    if isinstance(tree, list | tuple):
        parts = [_rebuilt(part, following) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return None if tree is None else next(following)


def matching(tree: Any, pattern: Any) -> list[Any]:
    """The leaves of `tree` in the order of those of `pattern`, which has the same structure.

    >>> matching({"b": 1.0, "a": 2.0}, {"a": 0.0, "b": 0.0})
    [2.0, 1.0]

    Raises ValueError where the structures differ.
    """
    if isinstance(pattern, dict):
        if not isinstance(tree, dict) or tree.keys() != pattern.keys():
            raise ValueError(f"a dict with the keys {list(pattern)} was expected, not {shown(tree)}")
        return [x for key, part in pattern.items() for x in matching(tree[key], part)]
    if isinstance(pattern, list | tuple):
        if not isinstance(tree, list | tuple) or len(tree) != len(pattern):
            raise ValueError(f"a {type(pattern).__name__} of {len(pattern)} was expected, not {shown(tree)}")
        return [x for given, part in zip(tree, pattern, strict=True) for x in matching(given, part)]
    if (tree is None) != (pattern is None) or isinstance(tree, dict | list | tuple):
        raise ValueError(f"a single {type(pattern).__name__} was expected, not {shown(tree)}")
    return [] if tree is None else [tree]


def shown(tree: Any) -> str:
    """A container in a few words."""
    if isinstance(tree, dict):
        return f"a dict with the keys {list(tree)}"
    return f"a {type(tree).__name__} of {len(tree)}" if isinstance(tree, list | tuple) else f"a {type(tree).__name__}"
