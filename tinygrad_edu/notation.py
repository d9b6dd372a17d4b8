"""How a Value is written: Python's operators, NumPy's methods and NumPy's functions.

All three are spellings of rows of one table, so nothing is computed here.  Python's operators are a
closed set and are spelled out; the table they look into (`OPS`) and the map from NumPy's functions
to rows (`BY_NUMPY`) are open, and are filled from above.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn, Self

import numpy as np

from .tracing import refuse_while_tracing

OPS: dict[str, Any] = {}
"""Every operation of the library by its name."""

BY_NUMPY: dict[object, Callable[..., Any]] = {}
"""NumPy's function -> what differentiates it."""

KEYWORDS: dict[object, tuple[tuple[str, ...], tuple[str, ...]]] = {}
"""NumPy's function -> its arguments that are taken, and those that are refused unless they are left at
their default.  For the documentation."""

BY_METHOD: dict[str, Callable[..., Any]] = {}
"""How a ufunc is called ("reduce", "outer", …) -> what that means: a function of the ufunc and its arguments."""

LATE = {"scipy.special": "tinygrad_edu.ops.special"}
"""A library that the core does without -> the module that differentiates its functions.  It is loaded
when one of them meets a Value, so by a caller who has loaded the library."""

NOT_GIVEN = np._NoValue
"""What NumPy's own functions pass on for an argument that the caller left out."""

LEAVE = "use .data to leave the graph on purpose"

DECIDE = (
    "decide with np.where(condition, x, y) or np.maximum, or make what decides an argument that is static: "
    "te.compile(f, static=…)"
)
LOOK = "return it, and look at it outside; or make the argument that it depends on static: te.compile(f, static=…)"
BUILD = "use np.exp(v) and the like, te.at(a)[0].set(v), te.array([...]) or np.stack to build arrays"

IN_PLACE: dict[object, str] = {
    np.put: "te.at(x.ravel())[i].set(v).reshape(x.shape)",
    np.put_along_axis: "te.at(x)[i].set(v), with an array of positions for each axis",
    np.place: "te.at(x)[mask].set(v)",
    np.putmask: "np.where(mask, v, x)",
    np.copyto: "np.where(mask, v, x), or te.at(x)[...].set(v)",
    np.fill_diagonal: "te.at(x)[i, i].set(v), with i = np.arange(n)",
}
"""NumPy's functions that change an array -> what to write instead."""


def in_place(method: str, instead: str) -> Callable[..., NoReturn]:
    """A method of arrays that changes them, which a Value has only to say what to write instead."""

    def refused(*_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"v.{method}(…) changes an array in place, and a Value cannot be changed; use {instead}")

    return refused


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
    def __divmod__(self, other: Any) -> tuple[Self, Self]: return self // other, self % other
    def __rdivmod__(self, other: Any) -> tuple[Self, Self]: return other // self, other % self
    def __floordiv__(self, other: Any) -> Self: return OPS["floor_divide"](self, other)
    def __rfloordiv__(self, other: Any) -> Self: return OPS["floor_divide"](other, self)
    def __matmul__(self, other: Any) -> Self: return OPS["matmul"](self, other)
    def __rmatmul__(self, other: Any) -> Self: return OPS["matmul"](other, self)
    def __neg__(self) -> Self: return OPS["negative"](self)
    def __pos__(self) -> Self: return self
    def __abs__(self) -> Self: return OPS["absolute"](self)
    def __round__(self, decimals: int = 0) -> Self: return BY_NUMPY[np.round](self, decimals)

    # `==` and `hash` are identity: a Value is a dictionary key.  The other comparisons are rows.
    def __eq__(self, other: object) -> bool:
        refuse_while_tracing("v == x, which asks whether two Values are the same object,", "use np.equal(v, x)")
        return self is other
    __hash__ = object.__hash__
    def __gt__(self, other: Any) -> Self: return OPS["greater"](self, other)
    def __ge__(self, other: Any) -> Self: return OPS["greater_equal"](self, other)
    def __lt__(self, other: Any) -> Self: return OPS["less"](self, other)
    def __le__(self, other: Any) -> Self: return OPS["less_equal"](self, other)
    def __and__(self, other: Any) -> Self: return BY_NUMPY[np.bitwise_and](self, other)
    def __rand__(self, other: Any) -> Self: return BY_NUMPY[np.bitwise_and](other, self)
    def __or__(self, other: Any) -> Self: return BY_NUMPY[np.bitwise_or](self, other)
    def __ror__(self, other: Any) -> Self: return BY_NUMPY[np.bitwise_or](other, self)
    def __xor__(self, other: Any) -> Self: return BY_NUMPY[np.bitwise_xor](self, other)
    def __rxor__(self, other: Any) -> Self: return BY_NUMPY[np.bitwise_xor](other, self)
    def __invert__(self) -> Self: return BY_NUMPY[np.invert](self)
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
    def cumprod(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.cumprod](self, *args, **kwargs)
    def ptp(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.ptp](self, *args, **kwargs)
    def round(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.round](self, *args, **kwargs)
    def take(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.take](self, *args, **kwargs)
    def choose(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.choose](self, *args, **kwargs)
    def conj(self) -> Self: return OPS["conjugate"](self)
    def conjugate(self) -> Self: return OPS["conjugate"](self)
    def argmax(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.argmax](self, *args, **kwargs)
    def argmin(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.argmin](self, *args, **kwargs)
    def argsort(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.argsort](self, *args, **kwargs)
    def argpartition(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.argpartition](self, *args, **kwargs)
    def searchsorted(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.searchsorted](self, *args, **kwargs)
    def nonzero(self) -> tuple[Any, ...]: return BY_NUMPY[np.nonzero](self)
    def any(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.any](self, *args, **kwargs)
    def all(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.all](self, *args, **kwargs)
    def trace(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.trace](self, *args, **kwargs)
    def diagonal(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.diagonal](self, *args, **kwargs)
    def clip(self, min: Any = None, max: Any = None, **kwargs: Any) -> Self:
        return BY_NUMPY[np.clip](self, min, max, **kwargs)
    def dot(self, b: Any, out: Any = None) -> Self: return BY_NUMPY[np.dot](self, b, out)
    def ravel(self, order: str = "C") -> Self: return BY_NUMPY[np.ravel](self, order)
    def flatten(self, order: str = "C") -> Self: return BY_NUMPY[np.ravel](self, order)
    def squeeze(self, axis: Any = None) -> Self: return BY_NUMPY[np.squeeze](self, axis)
    def swapaxes(self, axis1: int, axis2: int) -> Self: return BY_NUMPY[np.swapaxes](self, axis1, axis2)
    def repeat(self, *args: Any, **kwargs: Any) -> Self: return BY_NUMPY[np.repeat](self, *args, **kwargs)
    def compress(self, condition: Any, *args: Any, **kwargs: Any) -> Self:
        return BY_NUMPY[np.compress](condition, self, *args, **kwargs)
    def astype(self, dtype: Any, **keywords: Any) -> Self: return BY_NUMPY[np.astype](self, dtype, **keywords)
    def copy(self, order: str = "K") -> Self: return BY_NUMPY[np.copy](self, order)
    def exp(self) -> Self: return OPS["exp"](self)
    def log(self) -> Self: return OPS["log"](self)
    def sqrt(self) -> Self: return OPS["sqrt"](self)
    def tanh(self) -> Self: return OPS["tanh"](self)
    def sigmoid(self) -> Self: return OPS["sigmoid"](self)
    def relu(self) -> Self: return OPS["relu"](self)

    # ---- NumPy's methods that change the array itself, and what to write instead ------------------
    sort = in_place("sort", "np.sort(v)")
    partition = in_place("partition", "np.partition(v, kth)")
    fill = in_place("fill", "np.full_like(v, x), or te.at(v)[...].set(x)")
    put = in_place("put", "te.at(v)[i].set(x)")
    itemset = in_place("itemset", "te.at(v)[i].set(x)")
    resize = in_place("resize", "np.resize(v, shape), which repeats the elements, or np.pad(v, width)")
    byteswap = in_place("byteswap", ".data to leave the graph")
    setflags = in_place("setflags", "v.data.copy() to leave the graph")
    # fmt: on

    def view(self, *args: Any, **kwargs: Any) -> Self:
        """The Value itself; other readings of its memory are refused."""
        if args or kwargs:
            raise TypeError("v.view(…) would read memory as something else; use v.astype(dtype), v.real or v.imag")
        return OPS["identity"](self)

    def reshape(self, *shape: Any, order: str = "C") -> Self:
        """The same elements in another shape: `x.reshape(2, 3)` or `x.reshape((2, 3))`."""
        if order == "C":
            return OPS["reshape"](self, shape=sizes(shape))
        return BY_NUMPY[np.reshape](self, sizes(shape), order)

    def transpose(self, *axes: Any) -> Self:
        """The axes in another order, reversed if none is named."""
        return BY_NUMPY[np.transpose](self, sizes(axes) if axes and axes != (None,) else None)

    @property
    def T(self) -> Self:
        """The array with its axes reversed."""
        return BY_NUMPY[np.transpose](self)

    @property
    def mT(self) -> Self:
        """The matrix, or each of a stack of matrices, with rows and columns exchanged."""
        return BY_NUMPY[np.matrix_transpose](self)

    @property
    def real(self) -> Self:
        """The real part."""
        return OPS["real"](self)

    @property
    def imag(self) -> Self:
        """The imaginary part."""
        return OPS["imag"](self)

    @property
    def flat(self) -> Iterator[Self]:
        """The elements, one after the other."""
        return (self.ravel()[i] for i in range(self.size))

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
        refuse_while_tracing("v.item()", LOOK)
        return self._data.item() if hasattr(self._data, "item") else self._data

    def tolist(self) -> Any:
        """The data as nested Python lists, outside the graph."""
        refuse_while_tracing("v.tolist()", LOOK)
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
        refuse_while_tracing("bool(v), as in `if v > 0:` or `while v:`,", DECIDE)
        return bool(self._data)

    def __index__(self) -> int:
        refuse_while_tracing("a Value used as an integer, as in range(v),", DECIDE)
        if type(self._data) is int:
            return self._data
        raise TypeError(f"a Value of dtype {self.dtype} cannot be used as an integer; {LEAVE}")

    def __format__(self, spec: str) -> str:
        refuse_while_tracing("a Value written into text", LOOK)
        return format(self._data, spec) if spec else str(self)

    # ---- what would lose the gradient silently, refused with the remedy ---------------------------

    __contains__ = None

    def __float__(self) -> NoReturn:
        refuse_while_tracing("float(v), as in math.exp(v) or a[0] = v,", BUILD)
        raise TypeError(
            "float(v) of a Value (also math.exp(v), np.float64(v), a[0] = v) would lose its gradient; "
            f"{BUILD}, and v.item() or v.data for the number itself"
        )

    def __int__(self) -> int:
        refuse_while_tracing("int(v)", DECIDE)
        if type(self._data) is int:
            return self._data
        raise TypeError("int(v) of a Value would lose its gradient; use int(v.item())")

    def __complex__(self) -> NoReturn:
        refuse_while_tracing("complex(v)", "use v + 0j")
        raise TypeError("complex(v) of a Value would lose its gradient; use v + 0j, or complex(v.item())")

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        refuse_while_tracing("an array made of Values, as by np.asarray(v),", f"v is an array already; {BUILD}")
        raise TypeError(
            "an array made of Values (np.array, np.asarray, np.full, np.r_, np.vectorize, most of SciPy) would lose "
            "their gradient; use te.array([...]), np.stack, np.array(…, like=v) or tinygrad_edu.scipy instead, "
            f"and {LEAVE}"
        )

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(
            "a Value cannot be changed in place, because the record needs the old numbers; "
            "use y = te.at(x)[i].set(v), np.where(mask, new, x) or np.concatenate to make a new one"
        )

    # ---- NumPy's two protocols --------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NEP 13: `np.exp(x)`, `np.ones(3) * x`."""
        if method == "__call__" and not kwargs and (row := BY_NUMPY.get(ufunc)) is not None:
            return row(*inputs)
        if (differentiates(ufunc) if method == "__call__" else BY_METHOD.get(method)) is None:
            raise TypeError(f"{ufunc_name(ufunc, method)} has no derivative here; {LEAVE}")
        return BY_METHOD[method](ufunc, *inputs, **kwargs)

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
            if function in IN_PLACE:
                raise TypeError(f"{spelled(function)} changes an array in place; use {IN_PLACE[function]}")
            raise TypeError(f"{spelled(function)} has no derivative here; {LEAVE}")
        return row(*args, **kwargs)


def differentiates(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """What differentiates a function; None if nothing does."""
    if function not in BY_NUMPY:
        for library, module in LATE.items():
            if library in sys.modules:
                import_module(module)
    return BY_NUMPY.get(function)


def ufunc_name(ufunc: np.ufunc, method: str) -> str:
    """A ufunc and how it was called, as a user writes it: `np.add.reduce`; of another library, its bare name."""
    name = f"np.{ufunc.__name__}" if getattr(np, ufunc.__name__, None) is ufunc else ufunc.__name__
    return name if method == "__call__" else f"{name}.{method}"


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
    KEYWORDS[function] = tuple(n for n in order if n in taken), tuple(n for n in order if n not in taken)


def argument_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a Python function's arguments, without `*args` and `**kwargs`."""
    code = getattr(function, "__code__", None)
    return () if code is None else code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
