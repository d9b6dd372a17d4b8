"""What a call looks like apart from its numbers: structure, shapes, dtypes and static values.

Floats, complex numbers, arrays and Values are data, which a program takes anew in each call.  Everything
else (integers, strings, None, functions …) is static: a call with another one needs another program.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..engine import Value
from ..payload import ReadOnly
from ..trees import is_dataclass, leaves, numbers_of, rebuilt

DATA = (float, complex, np.floating, np.complexfloating, np.ndarray, Value)
USUAL = {np.ndarray, float}
NUMERIC = "?bBhHiIlLqQefdFD"


class Call(NamedTuple):
    """A call: what a program must have been made for, and the data to run it on."""

    key: Hashable
    data: Sequence[Any]  # arrays, numbers and Values
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Signature:
    """How calls of a function are read."""

    def __init__(self, f: Callable[..., Any], static: Sequence[int | str] | int | str) -> None:
        self.name = getattr(f, "__name__", type(f).__name__)
        static = [static] if isinstance(static, int | str) else list(static)
        positions = argument_positions(f)
        for name in static:
            if isinstance(name, str) and positions and name not in positions and "**" not in positions:
                raise ValueError(
                    f"static={name!r}: {self.name} has no argument of that name; it has {', '.join(positions)}"
                )
        numbers = {
            positions[n] if isinstance(n, str) else n for n in static if not isinstance(n, str) or n in positions
        }
        self.names = {i: name for name, i in positions.items() if name != "**"}
        self.static = {*numbers, *static, *(name for name, i in positions.items() if i in numbers)}

    def of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """The call with these arguments."""
        if not kwargs and not self.static and set(map(type, args)) <= USUAL:
            usual = tuple([float if type(x) is float else (x.dtype, x.shape, x.strides) for x in args])
            return Call(usual, args, args, kwargs)
        key: list[Any] = [len(args), *kwargs] if kwargs else []
        data: list[Any] = []
        named: list[tuple[int | str, Any]] = [*enumerate(args), *kwargs.items()]
        for where, x in named:
            if where in self.static:
                key.append(self.fixed(x, where))
            else:
                self.read(x, key, data, where)
        return Call(tuple(key), data, args, kwargs)

    def read(self, x: Any, key: list[Any], data: list[Any], where: int | str) -> None:
        """Add what a part of an argument looks like, and its data."""
        kind = type(x)
        if kind is np.ndarray or kind is ReadOnly:
            key.append((x.dtype, x.shape, x.strides))
            data.append(x.view(np.ndarray))
        elif isinstance(x, Value):
            key.append((Value, x.dtype, x.shape, getattr(x._data, "strides", None)))
            data.append(x)
        elif isinstance(x, DATA):
            key.append(complex if isinstance(x, complex | np.complexfloating) else float)
            data.append(x.item() if isinstance(x, np.generic) else x)
            if isinstance(x, np.ndarray):  # a subclass, which may mean something else by its operators
                self.refuse(x)
        elif isinstance(x, dict | list | tuple) or is_dataclass(x):
            parts: dict[Any, Any] = (
                dict(x) if isinstance(x, dict) else numbers_of(x) if is_dataclass(x) else dict(enumerate(x))
            )
            key.append((kind, *parts))
            if is_dataclass(x):
                key.append(self.fixed(settings_of(x, parts), where))
            for part in parts.values():
                self.read(part, key, data, where)
        else:
            key.append(self.fixed(x, where))

    def fixed(self, x: Any, where: int | str) -> Hashable:
        """A static part of a call, as something that can be compared."""
        try:
            hash(x)
        except TypeError:
            raise TypeError(
                f"argument {where} of {self.name} holds a {type(x).__name__}, which is neither numbers nor something "
                "that can be compared to what it was (hashable); pass arrays, numbers and containers of them, or let "
                f"{self.name} reach it through a closure"
            ) from None
        return exact(x)

    def static_parts(self, call: Call) -> dict[str, Any]:
        """What the arguments hold besides data, by name: a program depends on what can be reached from there too."""
        found = {}
        given: list[tuple[Any, Any]] = [*enumerate(call.args), *call.kwargs.items()]
        for where, x in given:
            parts = [x] if where in self.static else [part for part in leaves(x) if not isinstance(part, DATA)]
            if parts:
                found[str(self.names.get(where, where))] = parts if len(parts) > 1 else parts[0]
        return found

    def check(self, call: Call) -> None:
        """Raise TypeError for arrays of what is no number; asked before a program is made."""
        for x in call.data:
            if isinstance(x, np.ndarray) and x.dtype.char not in NUMERIC:
                self.refuse(x)

    def refuse(self, x: Any) -> None:
        """Raise for an array that no program takes."""
        raise TypeError(
            f"an argument of {self.name} is a {type(x).__name__} of dtype {x.dtype}; a compiled function takes "
            "plain arrays of real or complex numbers, integers or bools: np.asarray(x), x.astype(float)"
        )

    def with_data(self, call: Call, data: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments of a call, with other things in the places of its data."""
        following = iter(data)

        def opened(where: int | str, x: Any) -> Any:
            if where in self.static:
                return x
            return rebuilt(x, [next(following) if isinstance(part, DATA) else part for part in leaves(x)])

        args = tuple(opened(i, x) for i, x in enumerate(call.args))
        return args, {k: opened(k, x) for k, x in call.kwargs.items()}


def exact(x: Any) -> Hashable:
    """A static value, with its type and that of its parts: 1 is not True, and 0.0 is not -0.0."""
    if isinstance(x, float | complex):
        return type(x), repr(x)
    return (type(x), tuple(map(exact, x))) if isinstance(x, tuple) else (type(x), x)


def settings_of(x: Any, numbers: dict[str, Any]) -> tuple[Any, ...]:
    """The fields of a dataclass that hold no numbers."""
    return tuple((name, getattr(x, name, None)) for name in type(x).__dataclass_fields__ if name not in numbers)


def argument_positions(f: Callable[..., Any]) -> dict[str, int]:
    """The names of a function's arguments and their positions; `**` stands for any further names."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {"**" if p.kind is p.VAR_KEYWORD else p.name: i for i, p in enumerate(parameters)}


def described(key: Any) -> str:
    """The key of a call in words: `float32[32,64], float, 'relu'`."""
    return ", ".join(described_part(part) for part in key if type(part) is not int)  # not how many there are


def described_part(part: Any) -> str:
    """One part of a key in words."""
    if not isinstance(part, tuple):
        return part.__name__ if isinstance(part, type) else repr(part)
    if part and isinstance(part[0], np.dtype):
        return f"{part[0]}[{','.join(map(str, part[1]))}]"
    if part and part[0] is Value:
        return f"Value of {part[1]}[{','.join(map(str, part[2]))}]"
    if len(part) == 2 and isinstance(part[0], type) and issubclass(part[0], float | complex):
        return str(part[1])
    if len(part) == 2 and isinstance(part[0], type) and issubclass(part[0], tuple) and isinstance(part[1], tuple):
        return f"({', '.join(map(described_part, part[1]))})"
    if len(part) == 2 and isinstance(part[0], type) and isinstance(part[1], part[0]):
        return repr(part[1])
    return f"{getattr(part[0], '__name__', part[0])} of {len(part) - 1}" if part else "()"
