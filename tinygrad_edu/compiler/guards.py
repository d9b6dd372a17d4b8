"""What a function depends on besides its arguments: found once, and checked before each call.

A compiled function replays what it once did, so it must notice if its Python would now do something
else.  `Walk` goes from the function to everything that its code can reach: closures, globals,
attributes, the elements of containers, the numbers in arrays.  For each it writes down a `Check`, a
test in Python such as `{0}[{1}] is {2}` with the objects that it is about.  `Guards` joins all tests
into one function, which is why thirty of them take less than a microsecond.

What counts is what the user's code names.  A library is taken to stay as it is.
"""

from __future__ import annotations

import dis
import marshal
import random
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from operator import attrgetter, eq, methodcaller
from pathlib import Path
from types import (
    BuiltinMethodType,
    CellType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    NoneType,
)
from typing import Any, NamedTuple

import numpy as np

from ..engine import Op, Value

Array = np.ndarray[Any, Any]
Tests = Callable[[], bool]

MISSING = object()  # stands for what cannot be read
AT_ONCE = 200  # tests that are joined into one function
PIECE = 1 << 16  # bytes of an array that are compared at a time: they fit into a processor's cache
SHOWN = 60  # characters of a number or text in a message

SINGLE = frozenset({bool, NoneType})  # there is one object of each of their values
PLAIN = SINGLE | {int, float, complex, str, bytes}
FIXED = PLAIN | {tuple, frozenset}
CONTAINERS = frozenset({tuple, frozenset, list, dict, set})
CACHED = type(lru_cache(lambda: None))
RANDOM = (np.random.Generator, np.random.RandomState, random.Random)

PACKAGE = __name__.split(".")[0]
FOLDERS = (Path(__file__).parents[1], Path(dis.__file__).parent)  # this library, and Python's own
INSTALLED = ("site-packages", "dist-packages")
PLUMBING = ("builtins", "abc", "enum", "typing")  # modules of base classes that call no method of the user's

# Instructions that read or write a global name, and an attribute.  What is written counts too: a program would not.
GLOBAL = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", "STORE_GLOBAL")
ATTRIBUTE = ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "IMPORT_FROM", "STORE_ATTR", "DELETE_ATTR")
BY_TEXT = frozenset({"getattr", "hasattr", "setattr", "attrgetter", "methodcaller"})  # these name it by some text,
BY_ANY = frozenset({"vars", "__dict__", "asdict", "astuple", "fields"})  # and these may read anything
MAKING = ("__new__", "__init__", "__post_init__")  # methods that run when a class is called,
APART = frozenset({*MAKING, "__repr__", "__str__", "__format__", "__del__"})  # and those that no computation needs


# ---- a test ------------------------------------------------------------------------------------------


class Check(NamedTuple):
    """One thing that must hold."""

    test: str  # in Python, with {0}, {1}, … for the objects
    about: tuple[Any, ...]
    words: Callable[[], str]  # what to say where it does not hold
    cost: int = 0  # the cheap ones go first


class Place(NamedTuple):
    """Where something is held."""

    path: str  # how it is reached: `model.layers[0]`
    read: str  # how to read it, in Python: {0} is the holder and {1} the key
    holder: Any
    key: Any = None
    kind: str = ""  # "global", "closed-over"

    def named(self, noun: str = "") -> str:
        """`model.layers[0]`, `the global LR`, `the closed-over array A`."""
        return " ".join(filter(None, ("the" if self.kind or noun else "", self.kind, noun, self.path)))

    def now(self) -> Any:
        """What is held, or MISSING."""
        try:
            return eval(self.read.format("holder", "key"), {**HELPERS, "holder": self.holder, "key": self.key})
        except Exception:
            return MISSING


ITSELF = "{0}"  # the ways to read: what is known and cannot be exchanged,
ITEM = "{0}[{1}]"
GET = "dict.get({0}, {1}, MISSING)"  # of a dict with a way of its own to find what is missing
CONTENTS = "{0}.cell_contents"
SLOT = "{1}({0})"

IS = "READ is {2}"  # the ways to compare
SAME = "(READ is {2} or same(READ, {2}))"
EQUAL = "dumps(READ, 2) == {2}"  # a container, as bytes: types, signs of zeros and bits of nans count


def same(now: Any, before: Any) -> bool:
    """Whether two constants are alike: type and value, where nan is nan and −0.0 is not 0.0."""
    if type(now) is not type(before):
        return False
    if isinstance(now, np.generic):
        return bool(now.dtype == before.dtype and (now.tobytes() == before.tobytes() or both_nan(now, before)))
    return marshal.dumps(now, 2) == marshal.dumps(before, 2) or both_nan(now, before)


def both_nan(now: Any, before: Any) -> bool:
    """Whether both are nan; there are several, which differ in their bits."""
    return isinstance(now, float | np.floating) and bool(now != now and before != before)


def unset(read: Callable[[Any], Any], holder: Any) -> bool:
    """Whether a cell or a slot is still empty."""
    try:
        read(holder)
    except (AttributeError, ValueError):
        return True
    return False


def unnamed(parts: Mapping[str, Any], known: Iterable[str], names: Iterable[str]) -> bool:
    """Whether nobody names what is new among `parts`."""
    return (parts.keys() - known).isdisjoint(names)


HELPERS: dict[str, Any] = {
    "MISSING": MISSING, "dumps": marshal.dumps, "eq": eq, "same": same, "tobytes": np.ndarray.tobytes,
    "unnamed": unnamed, "unset": unset,
}  # fmt: skip


def joined(checks: Sequence[Check]) -> Tests:
    """One function that makes all the tests; a long list becomes a function of functions."""
    while len(checks) > AT_ONCE:
        groups = [checks[i : i + AT_ONCE] for i in range(0, len(checks), AT_ONCE)]
        checks = [Check("{0}()", (function_of(group),), str) for group in groups]
    return function_of(checks)


def function_of(checks: Sequence[Check]) -> Tests:
    """`def hold(): return test and test and …`, with a name for each object; False if a test fails to run."""
    space, names, tests = dict(HELPERS), dict[int, str](), []
    for check in checks:
        for thing in check.about:
            name = names.setdefault(id(thing), f"x{len(names)}")
            space[name] = thing
        tests.append(check.test.format(*(names[id(thing)] for thing in check.about)))
    body = "\n            and ".join(tests or ["True"])
    source = f"def hold():\n    try:\n        return ({body})\n    except Exception:\n        return False\n"
    exec(source, space)
    hold: Tests = space["hold"]
    return hold


def failing(checks: Sequence[Check]) -> Iterator[Check]:
    """The checks that do not hold, found by halving."""
    if joined(checks)():
        return
    if len(checks) == 1:
        yield checks[0]
        return
    half = len(checks) // 2
    yield from failing(checks[:half])
    yield from failing(checks[half:])


def told(check: Check) -> str:
    """What a check has to say; an object of the user's may not let itself be read."""
    try:
        return check.words()
    except Exception:
        return "something has changed, and cannot be read"


class Guards:
    """What a function depends on besides its arguments, as it was.

    >>> settings = {"lr": 0.1}
    >>> guards = Guards(lambda x: x * settings["lr"])
    >>> guards.hold()
    True
    >>> settings["lr"] = 0.2
    >>> guards.hold(), guards.changes()
    (False, ["the global settings was {'lr': 0.1} and is {'lr': 0.2}"])
    """

    hold: Tests
    """Whether everything is still as it was.  It never raises: what cannot be read has changed."""

    def __init__(self, f: Any, given: Mapping[str, Any] = MappingProxyType({})) -> None:
        """What `f` depends on, and the things that it is `given` by name."""
        walk = Walk(f, given)
        self.values: list[Value] = walk.values
        self.generators: list[Any] = walk.generators
        self.arrays: list[tuple[str, Array]] = walk.arrays
        self.iterators: list[tuple[str, Any]] = walk.iterators
        """What moves on when it is read, with the name by which it was reached: guarded by identity only."""
        self.settings = [(path, x, setting_of(x)) for path, x in walk.live]
        self.reached = {key[0] for key in walk.seen if len(key) == 1}
        """The ids of all objects that were met."""
        self._checks = sorted(walk.checks, key=lambda check: check.cost)
        self.hold = joined(self._checks)

    def changes(self) -> list[str]:
        """What has changed since, in words."""
        return [*map(told, failing(self._checks))]

    def assigned(self) -> list[str]:
        """Settings of optimisers that are others since: they are read in each call, so `hold` lets them change."""
        return [
            f"{path}.{name} was {before!r} and is {setting_of(x)[name]!r}"
            for path, x, settings in self.settings
            for name, before in settings.items()
            if setting_of(x)[name] != before
        ]


# ---- the walk ----------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Bag:
    """Something with named parts, which count as far as they are named: an object, a class or a module."""

    path: str
    parts: Mapping[str, Any]  # the live dict; for an object with slots, how to read each
    counts: Callable[[str, Any], bool]  # whether a part counts even if nobody names it
    whole: bool = False  # all parts count, new ones too
    listed: bool = False  # code that lists attributes, as `vars(x)` does, may read it
    owner: Any = None  # the object with slots
    done: set[str] = field(default_factory=set)

    def all_count(self, anything: bool) -> bool:
        """Whether all parts count, given whether code may read any attribute."""
        return self.whole or (self.listed and anything)

    def place(self, name: str) -> Place:
        """Where a part is held."""
        path = f"{self.path}.{name}"
        if self.owner is not None:
            return Place(path, SLOT, self.owner, self.parts[name])
        return Place(path, ITEM, self.parts, name)

    def part(self, name: str) -> Any:
        """A part; MISSING is an empty slot."""
        part = self.parts[name]
        return part if self.owner is None else MISSING if unset(part, self.owner) else part(self.owner)


class Walk:
    """Everything that a function reaches, each object once, and the checks of it."""

    def __init__(self, f: Any, given: Mapping[str, Any]) -> None:
        self.checks: list[Check] = []
        self.values: list[Value] = []
        self.generators: list[Any] = []
        self.arrays: list[tuple[str, Array]] = []
        self.iterators: list[tuple[str, Any]] = []
        self.live: list[tuple[str, Any]] = []
        self.names: set[str] = set()  # the attributes that some code of the user reads
        self.anything = False  # whether some code may read any attribute
        self.seen: dict[Any, Any] = {}  # by id; it keeps the objects, so that no id is used again
        self.bags: list[Bag] = []
        self.waiting: deque[tuple[str, Any]] = deque()
        self.meet(Place("self", ITSELF, f), f)
        for name, thing in given.items():
            self.meet(Place(name, ITSELF, thing), thing)
        while self.waiting or self.open_bags():
            self.visit(*self.waiting.popleft())
        for bag in self.bags:
            self.close(bag)

    def meet(self, place: Place, thing: Any) -> None:
        """Guard what a place holds, and go on from there later."""
        compare, kept = comparison(thing)
        if compare == EQUAL or place.read != ITSELF:
            words = partial(exchanged, place, thing if compare != EQUAL else marshal.loads(kept))
            test = compare.replace("READ", place.read)
            self.checks.append(Check(test, (place.holder, place.key, kept), words, int(compare == EQUAL)))
        if compare == IS and self.first(thing):
            if issubclass(type(thing), np.ndarray):
                self.array(place, thing)
            elif type(thing) not in SINGLE:
                self.waiting.append((place.path, thing))

    def first(self, *things: Any) -> bool:
        """Whether these were not met before."""
        key = tuple(map(id, things))
        return self.seen.setdefault(key, things) is things

    def guard(self, test: str, *about: Any, words: Callable[[], str]) -> None:
        """Note a check."""
        self.checks.append(Check(test, about, words))

    def visit(self, path: str, thing: Any) -> None:
        """Go on from one object, as its type has it.

        Not into Values, whose data a program reads afresh each time, nor into operations."""
        kind = type(thing)
        if issubclass(kind, Value):
            self.values += [thing] if thing.op is None else []
        elif issubclass(kind, RANDOM):
            self.generators.append(thing)
        elif not issubclass(kind, Op):
            go_on = next((go_on for kinds, go_on in VISITS if issubclass(kind, kinds)), Walk.instance)
            go_on(self, path, thing)

    def array(self, place: Place, a: Array) -> None:
        """An array: its bits, in pieces, so that comparing them takes no memory to speak of."""
        self.arrays.append((place.path, a))
        if issubclass(type(a), np.ma.MaskedArray):
            self.bags.append(Bag(place.path, vars(a), lambda name, _: name == "_mask"))
        if a.dtype.hasobject:
            for i, thing in enumerate(a.flat):
                self.meet(Place(f"{place.path}.flat[{i}]", ITSELF, thing), thing)
        if unchangeable(a):
            return
        parts = pieces(a)
        bits = [np.ndarray.tobytes(part) for part in parts]
        compared: list[Any]
        if len(parts) == 1:
            same_bits, compared = "tobytes({3}) == {4}", [a, bits[0]]
        else:
            same_bits, compared = "all(map(eq, map(tobytes, {3}), {4}))", [parts, bits]
        # An array of objects is compared by their addresses: the copy keeps these from being used again.
        kept = a.copy() if a.dtype.hasobject else None
        words = partial(rewritten, place.named("array"), a, a.shape, a.dtype)
        test = "{0}.shape == {1} and {0}.dtype is {2} and " + same_bits
        self.checks.append(Check(test, (a, a.shape, a.dtype, *compared, kept), words, cost=2))

    # ---- functions --------------------------------------------------------------------------------

    def function(self, _: str, f: FunctionType) -> None:
        """A function: its closure and defaults; of the user's also the code, and the globals it names."""
        code, users = f.__code__, is_users(f.__code__.co_filename)
        for name, cell in zip(code.co_freevars, f.__closure__ or (), strict=True):
            if self.first(cell):
                self.cell(name, cell, users)
        for name in ("__defaults__", "__kwdefaults__"):
            if (given := getattr(f, name)) is not None:
                read = "{0}." + name if users else ITSELF
                self.meet(Place(f"{f.__name__}.{name}", read, f if users else given), given)
        if vars(f):
            self.bags.append(Bag(f.__name__, vars(f), no))
        if users:
            self.guard("{0}.__code__ is {1}", f, code, words=lambda: f"the code of {f.__name__} was replaced")
            self.code(f)

    def cell(self, name: str, cell: CellType, guarded: bool) -> None:
        """A variable of a function around.  A library does not rebind its own."""
        if unset(CELL, cell):
            words = f"the closed-over {name} had no value and has one"
            self.guard("unset({1}, {0})", cell, CELL, words=lambda: words)
            return
        thing = cell.cell_contents
        read, holder = (CONTENTS, cell) if guarded else (ITSELF, thing)
        self.meet(Place(name, read, holder, kind="closed-over"), thing)

    def code(self, f: FunctionType) -> None:
        """The names that code of the user reads: the globals now, the attributes wherever they are met."""
        reads, space = reads_of(f.__code__), f.__globals__
        self.names |= reads.attributes
        self.anything |= reads.anything
        for name in reads.globals:
            if not self.first(space, name):
                continue
            if name in space:
                self.meet(Place(name, ITEM, space, name, "global"), space[name])
            else:
                words = partial("the global {} did not exist and does".format, name)
                self.guard("{1} not in {0}", space, name, words=words)
        for name in sorted(reads.modules & sys.modules.keys()):
            self.meet(Place(name, ITEM, sys.modules, name), sys.modules[name])

    def method(self, path: str, m: MethodType) -> None:
        """A bound method: the object, and the function."""
        path = path if path == "self" else f"{path}.__self__"
        self.meet(Place(path, ITSELF, m.__self__), m.__self__)
        self.meet(Place(path, ITSELF, m.__func__), m.__func__)

    def builtin(self, path: str, m: BuiltinMethodType) -> None:
        """A method written in C, such as `rng.normal`; the `self` of a function is its module."""
        if type(m.__self__) is not ModuleType:
            self.meet(Place(f"{path}.__self__", ITSELF, m.__self__), m.__self__)

    def partly(self, path: str, p: partial[Any]) -> None:
        """A function with some arguments given."""
        self.meet(Place(path, ITSELF, p.func), p.func)
        self.meet(Place(f"{path}.args", ITSELF, p.args), p.args)
        self.meet(Place(f"{path}.keywords", ITSELF, p.keywords), p.keywords)

    def wrapper(self, path: str, thing: Any) -> None:
        """A static or class method, a property, or a function with a cache: what is inside."""
        inner = thing.fget if issubclass(type(thing), property) else thing.__wrapped__
        self.meet(Place(path, ITSELF, inner), inner)

    def reader(self, _: str, by_name: Any) -> None:
        """`attrgetter("lr")` and the like: the names that it reads."""
        for text in by_name.__reduce__()[1]:
            if type(text) is str:
                self.names.update(text.split("."))

    # ---- containers -------------------------------------------------------------------------------

    def mapping(self, path: str, d: Any) -> None:
        """A dict: its keys in order, and what they lead to."""
        items = dict.items(d) if issubclass(type(d), dict) else d.items()
        read = ITEM if type(d) in (dict, MappingProxyType) else GET
        keys = [key for key, _ in items]
        self.guard("[*{0}] == {1}", d, keys, words=lambda: f"{path} had {listed(keys)} as keys and has {listed(d)}")
        for key, thing in items:
            self.meet(Place(f"{path}[{brief(key)}]", read, d, key), thing)
        self.more(path, d)

    def sequence(self, path: str, items: Any) -> None:
        """A list, a tuple or a deque: its length, and its elements."""
        fixed, inside = issubclass(type(items), tuple), elements_of(items)
        if not fixed:
            n = len(inside)
            self.guard("len({0}) == {1}", items, n, words=lambda: f"{path} had {n} elements and has {len(items)}")
        for i, thing in enumerate(inside):
            self.meet(Place(f"{path}[{i}]", ITSELF if fixed else ITEM, thing if fixed else items, i), thing)
        self.more(path, items)

    def elements(self, path: str, items: Any) -> None:
        """A set: which objects are in it."""
        inside = elements_of(items)
        if not issubclass(type(items), frozenset):
            ids = frozenset(map(id, inside))
            self.guard("{{*map(id, {0})}} == {1}", items, ids, words=lambda: f"{path} has other elements")
        for thing in inside:
            self.meet(Place(f"an element of {path}", ITSELF, thing), thing)
        self.more(path, items)

    def buffer(self, path: str, numbers: Any) -> None:
        """Numbers or bytes in a row: compared as bytes."""
        self.guard("dumps({0}, 2) == {1}", numbers, marshal.dumps(numbers, 2), words=lambda: f"{path} has changed")

    def more(self, path: str, thing: Any) -> None:
        """What a container of the user's own class has besides its elements."""
        if type(thing) not in (*CONTAINERS, deque, MappingProxyType):
            self.instance(path, thing)

    # ---- things with named parts ------------------------------------------------------------------

    def instance(self, path: str, x: Any) -> None:
        """An object: those of its attributes that count, and the methods of its class."""
        kind = type(x)
        users = is_users_class(kind)
        if belongs(kind, f"{PACKAGE}.compiler") and not users:
            return self.compiled(path, x)
        if has(kind, "__next__"):
            self.iterators.append((path, x))
        if has(kind, "read_live"):
            self.live.append((path, x))
        else:
            whole, counts = reads_all(kind, users), no if users else is_function
            if (parts := attributes(x)) is not None:
                self.bags.append(Bag(path, parts, counts, whole, listed=True))
            if slots := slots_of(kind):
                self.bags.append(Bag(path, slots, counts, whole, listed=True, owner=x))
        for cls in kind.__mro__:
            self.open_class(cls)
        return None

    def compiled(self, path: str, x: Any) -> None:
        """A function that is itself compiled: the function inside.  What it remembers is its own affair."""
        inner = getattr(x, "f", None)
        if callable(inner):
            self.meet(Place(path, ITSELF, inner), inner)

    def named_class(self, _: str, cls: type) -> None:
        """A class that is named by itself, so that it may be called: also how its objects are made."""
        meta: type = type(cls)
        for base in (*cls.__mro__, *meta.__mro__):
            self.open_class(base)
            if is_users_class(base):
                for name in (name for name in MAKING if name in vars(base)):
                    self.meet(Place(f"{base.__name__}.{name}", ITEM, vars(base), name), vars(base)[name])

    def open_class(self, cls: type) -> None:
        """What a class of the user holds.  All of it counts if a library's class may use it."""
        if is_users_class(cls) and self.first(cls, "parts"):
            hooks = any(not is_users_class(base) and base.__module__ not in PLUMBING for base in cls.__mro__)
            self.bags.append(Bag(cls.__name__, vars(cls), is_special, whole=hooks))

    def module(self, _: str, module: ModuleType) -> None:
        """A module of the user: what is named of it."""
        if is_users_module(module):
            self.bags.append(Bag(module.__name__, vars(module), no))

    def open_bags(self) -> bool:
        """Meet those parts that are known to count by now.  Returns whether this led anywhere."""
        for bag in self.bags:
            everything = bag.all_count(self.anything)
            for name in [name for name in bag.parts if name not in bag.done and isinstance(name, str)]:
                thing = bag.part(name)
                if name in self.names or bag.counts(name, thing) or (everything and not is_dunder(name)):
                    bag.done.add(name)
                    self.part(bag.place(name), thing)
        return bool(self.waiting)

    def part(self, place: Place, thing: Any) -> None:
        """A part that counts; a slot may be empty."""
        if thing is not MISSING:
            self.meet(place, thing)
        else:
            words = f"{place.path} had no value and has one"
            self.guard("unset({1}, {0})", place.holder, place.key, words=lambda: words)

    def close(self, bag: Bag) -> None:
        """Guard against new parts of a bag that would count."""
        if bag.owner is not None:
            return
        known, count = frozenset(bag.parts), len(bag.parts)
        test = "len({0}) == {1}"
        if not bag.all_count(self.anything):
            test = f"({test} or unnamed({{0}}, {{2}}, {{3}}))"
        self.guard(test, bag.parts, count, known, self.names, words=partial(grown, bag.path, bag.parts, known))


CELL = CellType.__dict__["cell_contents"].__get__

VISITS: tuple[tuple[Any, Callable[[Walk, str, Any], None]], ...] = (
    (FunctionType, Walk.function),
    (MethodType, Walk.method),
    (BuiltinMethodType, Walk.builtin),
    (partial, Walk.partly),
    ((staticmethod, classmethod, property, CACHED), Walk.wrapper),
    (type, Walk.named_class),
    (ModuleType, Walk.module),
    ((dict, MappingProxyType), Walk.mapping),
    ((list, tuple, deque), Walk.sequence),
    ((set, frozenset), Walk.elements),
    ((bytearray, array, memoryview), Walk.buffer),
    ((attrgetter, methodcaller), Walk.reader),
)
"""How to go on from objects of some types; from all others as from an instance."""


# ---- questions about objects ----------------------------------------------------------------------


def comparison(thing: Any) -> tuple[str, Any]:
    """How to compare what a place holds with what it held, and what to keep of that for it."""
    types = types_within(thing)
    if type(thing) in SINGLE or not types:
        return (SAME if issubclass(type(thing), np.generic) else IS), thing
    if types <= FIXED:
        return SAME, thing
    try:
        return EQUAL, marshal.dumps(thing, 2)
    except ValueError:  # nested too deeply
        return IS, thing


def types_within(thing: Any) -> set[type]:
    """The types in numbers, texts and containers of nothing else; empty for all other things.

    A container that is met twice, maybe in itself, is no such thing either."""
    found, waiting, seen = {type(thing)}, [thing], set()
    while waiting:
        part = waiting.pop()
        if type(part) not in CONTAINERS:
            continue
        if type(part) not in FIXED:
            if id(part) in seen:
                return set()
            seen.add(id(part))
        inside = [*part, *part.values()] if type(part) is dict else [*part]
        types = set(map(type, inside))
        found |= types
        if not found <= PLAIN | CONTAINERS:
            return set()
        if types & CONTAINERS:
            waiting.extend(inside)
    return found if found <= PLAIN | CONTAINERS else set()


def unchangeable(a: Any) -> bool:
    """Whether nobody can write into an array."""
    while isinstance(a, np.ndarray):
        if a.flags.writeable:
            return False
        a = a.base
    return a is None or type(a) is bytes


def pieces(a: Array) -> list[Array]:
    """An array cut into views of a convenient size."""
    if a.nbytes <= PIECE:
        return [a]
    a = a.view(np.ndarray)
    a = a.T if a.flags.f_contiguous else a
    a = a.reshape(-1) if a.flags.c_contiguous else a
    n = max(1, PIECE * len(a) // a.nbytes)
    return [a[i : i + n] for i in range(0, len(a), n)]


def elements_of(items: Any) -> list[Any]:
    """What is in a list, tuple, deque or set, whatever a class made from it says."""
    base: Any = next(base for base in (list, tuple, deque, set, frozenset) if issubclass(type(items), base))
    return [*base.__iter__(items)]


def attributes(x: Any) -> dict[str, Any] | None:
    """The dict of an object's attributes, if it has one."""
    try:
        parts = object.__getattribute__(x, "__dict__")
    except Exception:
        return None
    return parts if isinstance(parts, dict) else None


def slots_of(kind: type) -> dict[str, Any]:
    """How to read each slot of the objects of a class."""
    slotted = [vars(cls) for cls in kind.__mro__ if "__slots__" in vars(cls)]
    members = {name: part for parts in reversed(slotted) for name, part in parts.items()}
    return {name: part.__get__ for name, part in members.items() if type(part) is MemberDescriptorType}


def setting_of(x: Any) -> dict[str, Any]:
    """The settings of an optimiser."""
    return {name: getattr(x, name) for name in getattr(x, "settings", ())}


def has(kind: type, name: str) -> bool:
    """Whether a class or one of its bases has an attribute that is not False; nothing is run to know."""
    return any(vars(cls).get(name) for cls in kind.__mro__)


def reads_all(kind: type, users: bool) -> bool:
    """Whether all attributes of the objects of a class count, as code that is not looked into reads them.

    They do in modules of parameters, in whatever else is of this library, and in containers such as UserDict."""
    is_module = any("_frozen" in vars(cls) and "named_parameters" in vars(cls) for cls in kind.__mro__)
    ours = belongs(kind, PACKAGE) and not users
    return is_module or ours or any(cls.__module__ == "collections" for cls in kind.__mro__)


def belongs(kind: type, package: str) -> bool:
    """Whether a class is defined in a package."""
    return f"{vars(kind).get('__module__')}.".startswith(f"{package}.")


def no(_name: str, _thing: Any) -> bool:
    """Of the parts of an object, none counts unless it is named."""
    return False


def is_function(_name: str, thing: Any) -> bool:
    """A library calls the functions that its objects hold, as `np.vectorize` does."""
    users_method = type(thing) is MethodType and is_users_class(type(thing.__self__))
    return users_method or issubclass(type(thing), FunctionType | partial)


def is_dunder(name: str) -> bool:
    """Whether a name is one of Python's own, such as `__call__`."""
    return name.startswith("__") and name.endswith("__")


def is_special(name: str, thing: Any) -> bool:
    """Python calls the special methods of a class, such as `__call__`.

    Those that a dataclass writes for itself only compare and show, and read every field to do so."""
    return (
        is_dunder(name)
        and name not in APART
        and type(thing) is FunctionType
        and thing.__code__.co_filename != "<string>"
    )


# ---- what is the user's ------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def is_users(file: str) -> bool:
    """Whether code of this file is the user's: neither this library's, nor Python's, nor installed."""
    path = Path(file)
    return not (
        file.startswith("<frozen")
        or any(path.is_relative_to(folder) for folder in FOLDERS)
        or any(part in INSTALLED for part in path.parts)
    )


def is_users_module(module: ModuleType | None) -> bool:
    """Whether a module is the user's."""
    about = vars(module) if module is not None else {}
    file = about.get("__file__")
    return is_users(file) if isinstance(file, str) else about.get("__spec__") is None


def is_users_class(cls: type) -> bool:
    """Whether a class is the user's: by the module that it says it is of, or by the code of its methods."""
    module = sys.modules.get(str(vars(cls).get("__module__", "builtins")))
    methods = [part for part in vars(cls).values() if type(part) is FunctionType]
    return is_users_module(module) or any(
        is_users(method.__code__.co_filename) and method.__code__.co_filename != "<string>" for method in methods
    )


class Reads(NamedTuple):
    """The names that code reads."""

    globals: list[str]
    attributes: set[str]
    modules: set[str]  # that it imports
    anything: bool  # whether it may read attributes by names that it does not contain


@lru_cache(maxsize=4096)
def reads_of(code: CodeType) -> Reads:
    """The names that code reads, with the functions and comprehensions that are written inside it."""
    reads = Reads([], set(), set(), computes_names(code))
    for step in dis.get_instructions(code):
        if step.opname in GLOBAL:
            reads.globals.append(step.argval)
        elif step.opname in ATTRIBUTE:
            reads.attributes.add(step.argval)
        elif step.opname == "IMPORT_NAME":
            reads.modules.add(step.argval)
    if BY_TEXT.intersection(code.co_names):
        reads.attributes.update(texts(code))
    if "globals" in code.co_names:
        reads.globals.extend(texts(code))
    for inner in code.co_consts:
        if type(inner) is CodeType:
            more = reads_of(inner)
            reads.globals.extend(more.globals)
            reads.attributes.update(more.attributes)
            reads.modules.update(more.modules)
            reads = reads._replace(anything=reads.anything or more.anything)
    return reads


def texts(code: CodeType) -> list[str]:
    """The texts among the constants of code that can be names."""
    inside = [part for c in code.co_consts for part in (c if type(c) is tuple else (c,))]
    return [part for part in inside if type(part) is str and part.isidentifier()]


def computes_names(code: CodeType) -> bool:
    """Whether code may read attributes by names that it does not contain.

    It does if it lists them, or builds texts and reads by text, or has fewer texts than it reads by."""
    steps = [step.opname for step in dis.get_instructions(code) if step.argval in BY_TEXT or "_STRING" in step.opname]
    by_text = sum(name in GLOBAL or name in ATTRIBUTE for name in steps)
    return not BY_ANY.isdisjoint(code.co_names) or (
        by_text > 0 and (by_text < len(steps) or by_text > len(texts(code)))
    )


# ---- in words ----------------------------------------------------------------------------------------


def brief(thing: Any) -> str:
    """A thing in a few words; no code of the user runs for it."""
    kind = type(thing)
    if thing is MISSING:
        return "<nothing>"
    if types_within(thing):
        text = repr(thing)
        return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
    if issubclass(kind, np.generic):
        return f"{kind.__name__} {thing}"
    if issubclass(kind, np.ndarray):
        return f"<array {layout(thing.shape, thing.dtype)}>"
    if issubclass(kind, FunctionType | type | ModuleType):
        return f"<{'class' if issubclass(kind, type) else kind.__name__} {thing.__name__}>"
    return f"<{kind.__name__}>"


def listed(keys: Iterable[Any]) -> str:
    """The keys of a dict in a few words."""
    return f"[{', '.join(map(brief, keys))}]"


def layout(shape: tuple[int, ...], dtype: Any) -> str:
    """`float64[3, 2]`."""
    return f"{dtype}[{', '.join(map(str, shape))}]"


def exchanged(place: Place, before: Any) -> str:
    """What to say of a place that holds something else."""
    was, thing = brief(before), place.now()
    if thing is MISSING:
        return f"{place.named()} was {was} and is gone"
    now = brief(thing)
    if was == now:  # long containers that differ somewhere else, or two objects
        return f"{place.named()} has changed: {now}" if types_within(thing) else f"{place.named()} is another {now}"
    return f"{place.named()} was {was} and is {now}"


def rewritten(name: str, a: Array, shape: tuple[int, ...], dtype: Any) -> str:
    """What to say of an array that holds other numbers, or was bent to another shape."""
    before, now = layout(shape, dtype), layout(a.shape, a.dtype)
    return f"{name} ({before}) has other numbers" if before == now else f"{name} was {before} and is {now}"


def grown(path: str, parts: Mapping[str, Any], known: frozenset[str]) -> str:
    """What to say of an object with other attributes than before."""
    new = [name for name in parts if name not in known]
    if not new:
        return f"{path} has lost {', '.join(sorted(known - parts.keys()))}"
    return f"{path} has got " + ", ".join(f"{name} = {brief(parts[name])}" for name in new)
