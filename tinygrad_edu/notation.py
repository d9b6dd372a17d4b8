"""How a Value is written: Python's operators, NumPy's methods and NumPy's functions.

All three are spellings of rows of one table, so nothing is computed here.  Python's operators are a
closed set and are spelled out; the table they look into (`OPS`) and the map from NumPy's functions
to rows (`BY_NUMPY`) are open, and are filled from above.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, Self

import numpy as np

OPS: dict[str, Any] = {}
"""Every operation of the library by its name."""

BY_NUMPY: dict[object, Callable[..., Any]] = {}
"""NumPy's function -> what differentiates it."""

NOT_GIVEN = np._NoValue
"""What NumPy's own functions pass on for an argument that the caller left out."""

LEAVE = "use .data to leave the graph on purpose"


class Notation:
    """The spellings of a Value.  `Value` (in `engine`) inherits them and adds the record."""

    __slots__ = ()
    _data: Any

    # fmt: off
    # ---- Python's operators -----------------------------------------------------------------------
    def __add__(self, other: Any) -> Self: return OPS["add"](self, other)
    def __radd__(self, other: Any) -> Self: return OPS["add"](other, self)
    def __sub__(self, other: Any) -> Self: return OPS["subtract"](self, other)
    def __rsub__(self, other: Any) -> Self: return OPS["subtract"](other, self)
    def __mul__(self, other: Any) -> Self: return OPS["multiply"](self, other)
    def __rmul__(self, other: Any) -> Self: return OPS["multiply"](other, self)
    def __truediv__(self, other: Any) -> Self: return OPS["divide"](self, other)
    def __rtruediv__(self, other: Any) -> Self: return OPS["divide"](other, self)
    def __pow__(self, other: Any) -> Self: return OPS["power"](self, other)
    def __rpow__(self, other: Any) -> Self: return OPS["power"](other, self)
    def __mod__(self, other: Any) -> Self: return OPS["remainder"](self, other)
    def __rmod__(self, other: Any) -> Self: return OPS["remainder"](other, self)
    def __floordiv__(self, other: Any) -> Self: return OPS["floor_divide"](self, other)
    def __rfloordiv__(self, other: Any) -> Self: return OPS["floor_divide"](other, self)
    def __matmul__(self, other: Any) -> Self: return OPS["matmul"](self, other)
    def __rmatmul__(self, other: Any) -> Self: return OPS["matmul"](other, self)
    def __neg__(self) -> Self: return OPS["negative"](self)
    def __pos__(self) -> Self: return self
    def __abs__(self) -> Self: return OPS["absolute"](self)

    # `==` and `hash` are identity: a Value is a dictionary key.  The other comparisons are rows.
    def __eq__(self, other: object) -> bool: return self is other
    __hash__ = object.__hash__
    def __gt__(self, other: Any) -> Self: return OPS["greater"](self, other)
    def __ge__(self, other: Any) -> Self: return OPS["greater_equal"](self, other)
    def __lt__(self, other: Any) -> Self: return OPS["less"](self, other)
    def __le__(self, other: Any) -> Self: return OPS["less_equal"](self, other)
    def __and__(self, other: Any) -> Self: return OPS["logical_and"](self, other)
    def __rand__(self, other: Any) -> Self: return OPS["logical_and"](other, self)
    def __or__(self, other: Any) -> Self: return OPS["logical_or"](self, other)
    def __ror__(self, other: Any) -> Self: return OPS["logical_or"](other, self)
    def __invert__(self) -> Self: return OPS["logical_not"](self)
    def __getitem__(self, index: Any) -> Self: return BY_NUMPY[operator.getitem](self, index)

    # ---- NumPy's methods: NumPy's functions of the same name --------------------------------------
    def sum(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.sum](self, *args, **kwargs)
    def mean(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.mean](self, *args, **kwargs)
    def max(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.max](self, *args, **kwargs)
    def min(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.min](self, *args, **kwargs)
    def prod(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.prod](self, *args, **kwargs)
    def var(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.var](self, *args, **kwargs)
    def std(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.std](self, *args, **kwargs)
    def cumsum(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.cumsum](self, *args, **kwargs)
    def argmax(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.argmax](self, *args, **kwargs)
    def argmin(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.argmin](self, *args, **kwargs)
    def argsort(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.argsort](self, *args, **kwargs)
    def any(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.any](self, *args, **kwargs)
    def all(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.all](self, *args, **kwargs)
    def trace(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.trace](self, *args, **kwargs)
    def diagonal(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.diagonal](self, *args, **kwargs)
    def clip(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.clip](self, *args, **kwargs)
    def dot(self, other: Any) -> Self: return BY_NUMPY[np.dot](self, other)
    def ravel(self) -> Self: return OPS["reshape"](self, shape=(-1,))
    def flatten(self) -> Self: return OPS["reshape"](self, shape=(-1,))
    def squeeze(self, axis: Any = None) -> Self: return BY_NUMPY[np.squeeze](self, axis)
    def swapaxes(self, axis1: int, axis2: int) -> Self: return BY_NUMPY[np.swapaxes](self, axis1, axis2)
    def repeat(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.repeat](self, *args, **kwargs)
    def astype(self, dtype: Any) -> Self: return OPS["astype"](self, dtype=np.dtype(dtype))
    def copy(self) -> Self: return OPS["copy"](self)
    def exp(self) -> Self: return OPS["exp"](self)
    def log(self) -> Self: return OPS["log"](self)
    def sqrt(self) -> Self: return OPS["sqrt"](self)
    def tanh(self) -> Self: return OPS["tanh"](self)
    def sigmoid(self) -> Self: return OPS["sigmoid"](self)
    def relu(self) -> Self: return OPS["relu"](self)
    # fmt: on

    def reshape(self, *shape: Any) -> Self:
        """The same elements in another shape: `x.reshape(2, 3)` or `x.reshape((2, 3))`."""
        return OPS["reshape"](self, shape=sizes(shape))

    def transpose(self, *axes: Any) -> Self:
        """The axes in another order, reversed if none is named."""
        return BY_NUMPY[np.transpose](self, sizes(axes) if axes and axes != (None,) else None)

    @property
    def T(self) -> Self:
        """The array with its axes reversed."""
        return BY_NUMPY[np.transpose](self)

    # ---- questions about the data, answered without the record ------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes; `()` for a number."""
        return getattr(self._data, "shape", ())

    @property
    def ndim(self) -> int:
        """How many axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many elements."""
        return int(np.size(self._data))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the data; a Python float counts as float64."""
        return np.result_type(self._data)

    def item(self) -> Any:
        """The one element as a Python number, outside the graph."""
        return self._data.item() if hasattr(self._data, "item") else self._data

    def tolist(self) -> Any:
        """The data as nested Python lists, outside the graph."""
        return self._data.tolist() if hasattr(self._data, "tolist") else self._data

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a Value that holds one number has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Self]:
        if not self.shape:
            raise TypeError("a Value that holds one number cannot be iterated over")
        return (self[i] for i in range(self.shape[0]))

    def __bool__(self) -> bool:
        return bool(self._data)

    def __index__(self) -> int:
        if type(self._data) is int:
            return self._data
        raise TypeError(f"a Value of dtype {self.dtype} cannot be used as an integer; {LEAVE}")

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else str(self)

    # ---- what would lose the gradient silently, refused with the remedy ---------------------------

    __contains__ = None

    def __float__(self) -> NoReturn:
        raise TypeError(
            "float(v) of a Value (also math.exp(v), np.float64(v), a[0] = v) would lose its gradient; "
            "use np.exp(v) and the like, te.array([...]) or np.stack to build arrays, "
            "and v.item() or v.data for the number itself"
        )

    def __int__(self) -> int:
        if type(self._data) is int:
            return self._data
        raise TypeError("int(v) of a Value would lose its gradient; use int(v.item())")

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise TypeError(
            "an array made of Values (np.array, np.asarray, np.full, np.r_) would lose their gradient; "
            f"use te.array([...]) or np.stack to build one, and {LEAVE}"
        )

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(
            "a Value cannot be changed in place, because the record needs the old numbers; "
            "use np.where(mask, new, x) or np.concatenate to make a new one"
        )

    # ---- NumPy's two protocols --------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NEP 13: `np.exp(x)`, `np.ones(3) * x`."""
        if method == "__call__" and not kwargs and (row := BY_NUMPY.get(ufunc)) is not None:
            return row(*inputs)
        called = f"np.{ufunc.__name__}" if method == "__call__" else f"np.{ufunc.__name__}.{method}"
        if method == "reduce" and ufunc in REDUCERS:
            return BY_NUMPY[REDUCERS[ufunc]](*inputs, **{"axis": 0, **kwargs})
        if method != "__call__" or ufunc not in BY_NUMPY:
            raise TypeError(f"{called} has no derivative here; {LEAVE}")
        for name, value in kwargs.items():
            if value is not None and not (name == "where" and value is True):
                refuse(called, name, value)
        return BY_NUMPY[ufunc](*inputs)

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Any:
        """NEP 18: `np.sum(x, axis=0)`, `np.concatenate([x, y])`."""
        row = BY_NUMPY.get(function)
        if row is None:
            raise TypeError(f"{spelled(function)} has no derivative here; {LEAVE}")
        return row(*args, **kwargs)


REDUCERS = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}
"""`np.add.reduce(x)` is `np.sum(x, axis=0)`, and so on."""


def sizes(shape: tuple[Any, ...]) -> tuple[int, ...]:
    """`(2, 3)` from `f(2, 3)` and from `f((2, 3))` alike."""
    return tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], Sequence) else shape


def spelled(function: Callable[..., Any]) -> str:
    """NumPy's function as a user writes it: `np.linalg.norm`."""
    module = getattr(function, "__module__", "numpy") or "numpy"
    return f"{module.replace('numpy', 'np', 1)}.{getattr(function, '__name__', function)}"


def refuse(called: str, name: str, value: Any) -> NoReturn:
    """Raise for an argument whose effect on the derivative is not known."""
    raise TypeError(f"{called}({name}={value!r}) is not differentiated; leave {name}= out, or {LEAVE}")


def numpy_spelling(
    function: Callable[..., Any], row: Callable[..., Any], arguments: str, settings: Sequence[str] = ()
) -> None:
    """Let `function`, called as NumPy documents it, mean `row`.

    `arguments` lists NumPy's argument names in NumPy's order, data first, with NumPy's default where
    that is not None: "a, shape, order='C'".  `row` takes some of them under the same names; the others
    are accepted only at their default, and refused by name otherwise: nothing is ever ignored.
    `settings` names those of a row that takes any (`**params`).
    """
    defaults = {name: default for name, _, default in (a.partition("=") for a in arguments.split(", "))}
    order = list(defaults)
    data = order[: len(row.vjps)] if hasattr(row, "vjps") else []
    taken = {*data, *settings, *argument_names(getattr(row, "forward", row))}
    called = spelled(function)

    def call(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and len(args) == len(data):
            return row(*args)  # nothing but data
        if len(args) > len(order):
            raise TypeError(f"{called} takes at most {len(order)} arguments; {len(args)} were given")
        given = dict(zip(order, args, strict=False))
        for name, value in kwargs.items():
            if name not in defaults or name in given:
                raise TypeError(f"{called} got {name}= twice" if name in given else f"{called} has no argument {name}=")
            given[name] = value
        params = {}
        for name, value in given.items():
            if value is NOT_GIVEN:
                continue
            if name in taken:
                params[name] = value
            elif value is not None and repr(value) != defaults[name]:
                refuse(called, name, value)
        inputs = [params.pop(name) for name in data if name in params]
        if len(inputs) < len(data):
            raise TypeError(f"{called} of a Value needs {', '.join(data)}; {len(inputs)} were given")
        return row(*inputs, **params)

    BY_NUMPY[function] = call


def argument_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a Python function's arguments, without `*args` and `**kwargs`."""
    code = function.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
