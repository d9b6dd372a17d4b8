"""Nested containers of numbers, arrays and Values: dicts, lists, tuples, named tuples and dataclasses.

`leaves` lists what is in a tree, in order, and `rebuilt` puts other things in their places.  None is
an empty tree.  Nothing here knows about derivatives.

Of a dataclass every field is a part, also those that its `__init__` does not take.  What holds no
numbers stays as it is: fields marked `field(metadata={"static": True})`, and strings, bools, None and
functions.  An integer counts as a number; mark it static if it is a setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import fields
from typing import Any

CONTAINERS = "dicts, lists, tuples, named tuples and dataclasses"
"""What a tree may be made of, for messages."""


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
        elif is_dataclass(part):
            stack.extend(reversed(numbers_of(part).values()))
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
    if is_dataclass(tree):
        new = copy(tree)
        for name, part in numbers_of(tree).items():
            # Past `__init__` and `__post_init__`, which may check or convert numbers, and past "frozen".
            object.__setattr__(new, name, _rebuilt(part, following))
        return new
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
    if is_dataclass(pattern):
        if type(tree) is not type(pattern):
            raise ValueError(f"a {type(pattern).__name__} was expected, not {shown(tree)}")
        return [x for name, part in numbers_of(pattern).items() for x in matching(getattr(tree, name), part)]
    if (tree is None) != (pattern is None) or is_container(tree):
        raise ValueError(f"a single {type(pattern).__name__} was expected, not {shown(tree)}")
    return [] if tree is None else [tree]


def is_container(tree: Any) -> bool:
    """Whether `tree` is a container rather than a leaf."""
    return isinstance(tree, dict | list | tuple) or is_dataclass(tree)


def is_dataclass(x: Any) -> bool:
    """Whether `x` is an instance of a dataclass."""
    return hasattr(type(x), "__dataclass_fields__")


def numbers_of(x: Any) -> dict[str, Any]:
    """The fields of a dataclass instance that may hold numbers, by name.

    >>> from dataclasses import dataclass, field
    >>> @dataclass(frozen=True)
    ... class Layer:
    ...     w: float
    ...     name: str = "first"
    ...     size: int = field(default=3, metadata={"static": True})
    >>> numbers_of(Layer(2.0)), rebuilt(Layer(2.0), [5.0])
    ({'w': 2.0}, Layer(w=5.0, name='first', size=3))
    """
    dynamic = (f.name for f in fields(x) if not f.metadata.get("static"))
    parts = {name: getattr(x, name, None) for name in dynamic}
    return {name: part for name, part in parts.items() if not holds_no_numbers(part)}


def holds_no_numbers(part: Any) -> bool:
    """Whether what stands in a field of a dataclass is kept as it is."""
    return part is None or isinstance(part, str | bytes | bool) or (callable(part) and not is_dataclass(part))


def shown(tree: Any) -> str:
    """A container in a few words."""
    if isinstance(tree, dict):
        return f"a dict with the keys {list(tree)}"
    return f"a {type(tree).__name__} of {len(tree)}" if isinstance(tree, list | tuple) else f"a {type(tree).__name__}"
