"""Laws of guards: what a function depends on is noticed when it changes, and nothing else is."""

import array
import functools
import operator
import random
import sys
from collections import OrderedDict, UserDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from types import MappingProxyType, ModuleType, SimpleNamespace

import numpy as np
import pytest

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.compiler.guards import AT_ONCE, PIECE, Guards
from tinygrad_edu.nn import MLP, Linear, Module, Sequential, parameter

NAN = float("nan")


def cases(*pairs):
    """Parameters of a test, with the first of each as its name."""
    return [pytest.param(*pair[1:], id=pair[0]) for pair in pairs]


def unchanged(guards):
    """Whether guards hold, and say so."""
    assert guards.hold() is (guards.changes() == [])
    return guards.hold()


def said(guards):
    """What has changed, as one text; something must have."""
    assert guards.hold() is False
    assert guards.changes()
    return "; ".join(guards.changes())


def function(text, **names):
    """The function `f` of a program of its own, and its globals."""
    space = {"__name__": "program", **names}
    exec(compile(text, "program.py", "exec"), space)
    return space["f"], space


def holding(thing):
    """A function that closes over one thing."""
    return lambda x: (x, thing)


# ---- what a variable holds -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "words"),
    cases(
        ("number", 0.1, 0.2, "the closed-over rate was 0.1 and is 0.2"),
        ("type", 1, 1.0, "the closed-over rate was 1 and is 1.0"),
        ("bool for int", 1, True, "the closed-over rate was 1 and is True"),
        ("sign of zero", 0.0, -0.0, "the closed-over rate was 0.0 and is -0.0"),
        ("sign of a complex zero", 0j, -0j, "is (-0-0j)"),
        ("nan", NAN, 1.0, "was nan and is 1.0"),
        ("text", "relu", "tanh", "was 'relu' and is 'tanh'"),
        ("bytes", b"a", b"b", "was b'a' and is b'b'"),
        ("bool", True, False, "was True and is False"),
        ("None", None, 0.0, "was None and is 0.0"),
        ("NumPy number", np.float32(1.0), np.float64(1.0), "was float32 1.0 and is float64 1.0"),
        ("tuple", (1, 2), (1, 2.0), "was (1, 2) and is (1, 2.0)"),
        ("list", [1, [2, "a"]], [1, [2, "b"]], "was [1, [2, 'a']] and is [1, [2, 'b']]"),
        ("dict", {"a": 1}, {"a": 2}, "was {'a': 1} and is {'a': 2}"),
        ("order", {"a": 1, "b": 2}, {"b": 2, "a": 1}, "is {'b': 2, 'a': 1}"),
        ("set", {1, 2}, {1, 3}, "is {1, 3}"),
        ("function", len, max, "<builtin_function_or_method>"),
        ("class", int, float, "was <class int> and is <class float>"),
        ("module", np, random, "was <module numpy> and is <module random>"),
        ("array", np.zeros(3), np.zeros((2, 2)), "was <array float64[3]> and is <array float64[2, 2]>"),
        ("equal array", np.zeros(3), np.zeros(3), "the closed-over rate is another <array float64[3]>"),
        ("Value", Value(1.0), Value(1.0), "the closed-over rate is another <Value>"),
        ("object", object(), 1, "was <object> and is 1"),
    ),
)
def test_a_variable_that_holds_something_else(before, after, words):
    rate = before

    def f(x):
        return rate

    guards = Guards(f)
    assert unchanged(guards)
    rate = after
    assert words in said(guards)
    rate = before
    assert unchanged(guards)


@pytest.mark.parametrize(
    ("before", "after"),
    cases(
        ("number", 1000.5, float("1000.5")),
        ("integer", 10**9, int("1000000000")),
        ("nan", NAN, -float("nan")),
        ("text", "relu", "".join(["re", "lu"])),
        ("tuple", (1, (2.5,)), (1, (float("2.5"),))),
        ("list", [1, "a"], [1, "a"]),
        ("dict", {"a": [1.5]}, {"a": [1.5]}),
        ("NumPy number", np.float64(1.5), np.float64(1.5)),
        ("NumPy nan", np.float64(NAN), np.float64(-NAN)),
        ("frozen set", frozenset({1, 2}), frozenset({2, 1})),
    ),
)
def test_a_constant_that_is_as_it_was(before, after):
    rate = before

    def f(x):
        return rate

    guards = Guards(f)
    rate = after
    assert unchanged(guards)


def test_a_variable_without_a_value_may_get_one():
    def f(x):
        return late

    guards = Guards(f)
    assert unchanged(guards)
    late = 1.0
    assert said(guards) == "the closed-over late had no value and has one"


def test_a_variable_may_lose_its_value():
    rate = 1.0

    def f(x):
        return rate  # noqa: F821

    guards = Guards(f)
    del rate
    assert said(guards) == "the closed-over rate was 1.0 and is gone"


def test_long_constants_are_cut():
    rate = ["a" * 1000]
    guards = Guards(holding(rate))
    rate[0] = "b" * 1000
    assert len(said(guards)) < 200


# ---- globals -------------------------------------------------------------------------------------------


def test_a_global():
    f, space = function("LR = 0.1\nOTHER = 1\ndef f(x): return x * LR")
    guards = Guards(f)
    space["OTHER"] = 2
    space["NEW"] = 3
    assert unchanged(guards)
    space["LR"] = 0.2
    assert said(guards) == "the global LR was 0.1 and is 0.2"
    del space["LR"]
    assert said(guards) == "the global LR was 0.1 and is gone"


def test_a_global_that_comes_later_hides_a_builtin():
    f, space = function("def f(x): return abs(x)")
    guards = Guards(f)
    assert unchanged(guards)
    space["abs"] = lambda x: x
    assert said(guards) == "the global abs did not exist and does"


def test_an_attribute_with_the_name_of_a_global_is_no_global():
    f, space = function("scale = 1.0\ndef f(x): return x.scale")
    guards = Guards(f)
    space["scale"] = 2.0
    assert unchanged(guards)


def test_helpers_of_helpers():
    f, space = function("K = 2.0\ndef inner(x): return x * K\ndef outer(x): return inner(x)\ndef f(x): return outer(x)")
    guards = Guards(f)
    space["K"] = 3.0
    assert said(guards) == "the global K was 2.0 and is 3.0"
    space["K"] = 2.0
    space["inner"] = lambda x: x
    assert "the global inner was <function inner> and is <function <lambda>>" in said(guards)


@pytest.mark.parametrize(
    "text",
    cases(
        ("comprehension", "K = 1.0\ndef f(x): return [x * K for _ in range(3)]"),
        ("inner function", "K = 1.0\ndef f(x):\n    def g(): return K\n    return g()"),
        ("lambda", "K = 1.0\nf = lambda x: (lambda: K)()"),
        ("by text", "K = 1.0\ndef f(x): return globals()['K']"),
        ("inner class", "K = 1.0\ndef f(x):\n    class C: k = K\n    return C.k"),
    ),
)
def test_code_within_code(text):
    f, space = function(text)
    guards = Guards(f)
    assert unchanged(guards)
    space["K"] = 2.0
    assert "the global K was 1.0 and is 2.0" in said(guards)


def test_a_function_that_calls_itself():
    f, space = function("K = 2\ndef f(x): return f(x - 1) if x > 0 else K")
    guards = Guards(f)
    assert unchanged(guards)
    space["f"] = None
    assert said(guards) == "the global f was <function f> and is None"


def test_code_may_be_replaced():
    f, _ = function("def f(x): return x")
    guards = Guards(f)
    f.__code__ = (lambda x: x + 1).__code__
    assert said(guards) == "the code of f was replaced"


def test_a_module_of_the_user():
    config = ModuleType("config")
    config.lr, config.other = 0.1, 1
    config.loss, space = function("K = 1.0\ndef f(x): return x * K")
    f, _ = function("def f(x): return config.loss(x) * config.lr", config=config)
    guards = Guards(f)
    config.other, config.new = 2, 3
    assert unchanged(guards)
    space["K"] = 2.0
    assert said(guards) == "the global K was 1.0 and is 2.0"
    space["K"] = 1.0
    config.lr = 0.2
    assert said(guards) == "config.lr was 0.1 and is 0.2"
    del config.lr
    assert said(guards) == "config.lr was 0.1 and is gone"


def test_a_module_imported_inside(monkeypatch):
    config = ModuleType("config_of_a_test")
    config.lr = 0.1
    monkeypatch.setitem(sys.modules, config.__name__, config)
    f, _ = function("def f(x):\n    from config_of_a_test import lr\n    return x * lr")
    guards = Guards(f)
    assert unchanged(guards)
    config.lr = 0.2
    assert said(guards) == "config_of_a_test.lr was 0.1 and is 0.2"


def test_libraries_stay_as_they_are():
    def f(x):
        return np.sin(te.relu(x)) + random.gauss(0.0, 1.0)

    guards = Guards(f)
    assert len(guards._checks) < 6
    assert guards.arrays == guards.values == []


# ---- functions -----------------------------------------------------------------------------------------


def test_defaults():
    def f(x, scale=2.0, *, shift=1.0):
        return x * scale + shift

    guards = Guards(f)
    assert unchanged(guards)
    f.__defaults__ = (3.0,)
    assert said(guards) == "f.__defaults__ was (2.0,) and is (3.0,)"
    f.__defaults__ = (2.0,)
    f.__kwdefaults__["shift"] = 5.0
    assert said(guards) == "f.__kwdefaults__ was {'shift': 1.0} and is {'shift': 5.0}"


def test_a_default_that_changes_inside():
    def f(x, table={"a": [1.0, None]}):  # noqa: B006
        return x * table["a"][0]

    guards = Guards(f)
    f.__defaults__[0]["a"][0] = 2.0
    assert said(guards) == "f.__defaults__ was ({'a': [1.0, None]},) and is ({'a': [2.0, None]},)"


def test_attributes_of_functions():
    def f(x):
        return x * f.scale

    f.scale, f.calls = 1.0, 0
    guards = Guards(f)
    f.calls = 1
    assert unchanged(guards)
    f.scale = 2.0
    assert said(guards) == "f.scale was 1.0 and is 2.0"


def test_a_partial():
    scale = np.ones(3)
    settings = {"shift": 1.0}
    f = functools.partial(lambda scale, x, settings: x, scale, settings=settings)
    guards = Guards(f)
    assert unchanged(guards)
    settings["shift"] = 2.0
    assert "{'shift': 2.0}" in said(guards)
    settings["shift"] = 1.0
    scale[0] = 2.0
    assert said(guards) == "the array self.args[0] (float64[3]) has other numbers"


@pytest.mark.parametrize("around", [te.grad, te.value_and_grad, te.jacobian, te.hessian, te.checkpoint])
def test_transforms_are_seen_through(around):
    k = 1.0
    g = around(around(lambda x: x * k))
    guards = Guards(lambda x: g(x))
    assert unchanged(guards)
    assert unchanged(Guards(g))
    k = 2.0
    assert said(guards) == "the closed-over k was 1.0 and is 2.0"


def test_a_gradient_of_the_users_own():
    k = 1.0

    @te.custom_vjp
    def f(x):
        return x * k

    f.defvjp(lambda x: (f(x), None), lambda _, g: (g,))
    guards = Guards(lambda x: f(x))
    assert unchanged(guards)
    k = 2.0
    assert said(guards) == "the closed-over k was 1.0 and is 2.0"


@pytest.mark.parametrize(
    "around",
    cases(
        ("cache", functools.cache),
        ("lru_cache", functools.lru_cache(3)),
        ("wraps", lambda g: functools.wraps(g)(lambda x: g(x))),
        ("staticmethod", staticmethod),
        ("vectorize", np.vectorize),
        ("partial", functools.partial),
        ("in a list", lambda g: [g]),
        ("in a namespace", lambda g: SimpleNamespace(g=g)),
    ),
)
def test_wrappers_are_seen_through(around):
    k = 1.0
    guards = Guards(holding(around(lambda x: x * k)))
    assert unchanged(guards)
    k = 2.0
    assert said(guards) == "the closed-over k was 1.0 and is 2.0"


def test_a_compiled_function_inside():
    """What it remembers of its own calls does not matter, the function in it does."""
    k = 1.0
    Compiled = type("Compiled", (), {"__module__": "tinygrad_edu.compiler"})
    inner = Compiled()
    inner.f, inner.programs, inner.calls = lambda x: x * k, [], 0
    guards = Guards(holding(inner))
    inner.programs.append(1)
    inner.calls += 1
    assert unchanged(guards)
    k = 2.0
    assert said(guards) == "the closed-over k was 1.0 and is 2.0"


# ---- containers ----------------------------------------------------------------------------------------


THING = object()


@pytest.mark.parametrize(
    ("make", "change", "words"),
    cases(
        ("list grows", lambda: [THING], lambda x: x.append(1), "thing had 1 elements and has 2"),
        ("list shrinks", lambda: [THING, THING], lambda x: x.pop(), "thing[1] was <object> and is gone"),
        ("element", lambda: [THING, 1], lambda x: x.__setitem__(1, 2), "thing[1] was 1 and is 2"),
        ("deque", lambda: deque([THING, 1]), lambda x: x.append(2), "thing had 2 elements and has 3"),
        ("key", lambda: {"a": THING}, lambda x: x.update(b=1), "thing had ['a'] as keys and has ['a', 'b']"),
        ("item", lambda: {"a": THING}, lambda x: x.update(a=1), "thing['a'] was <object> and is 1"),
        ("key lost", lambda: {"a": THING, 1: 2}, lambda x: x.pop(1), "thing[1] was 2 and is gone"),
        ("order of keys", lambda: {"a": THING, "b": 1}, lambda x: x.update(a=x.pop("a")), "has ['b', 'a']"),
        ("defaultdict", lambda: defaultdict(list, a=2), lambda x: x.pop("a"), "thing['a'] was 2 and is gone"),
        ("OrderedDict", lambda: OrderedDict(a=1), lambda x: x.update(a=2), "thing['a'] was 1 and is 2"),
        ("deep", lambda: [(THING, {"a": [THING]})], lambda x: x[0][1]["a"].append(2), "thing[0][1]['a'] had 1"),
        ("numbers", lambda: [1, [2, 3]], lambda x: x[1].append(4), "thing was [1, [2, 3]] and is [1, [2, 3, 4]]"),
        ("numbers in a tuple", lambda: (THING, [1]), lambda x: x[1].append(2), "thing[1] was [1] and is [1, 2]"),
        ("no longer numbers", lambda: [1, 2], lambda x: x.append(THING), "thing was [1, 2] and is <list>"),
        ("UserDict", lambda: UserDict(a=1), lambda x: x.update(a=2), "thing.data was {'a': 1} and is {'a': 2}"),
        ("bytearray", lambda: bytearray(b"ab"), lambda x: x.append(1), "thing has changed"),
        ("array.array", lambda: array.array("d", [1.0]), lambda x: x.append(1.0), "thing has changed"),
        ("set of numbers", lambda: {1, 2}, lambda x: x.add(3), "thing was {1, 2} and is {1, 2, 3}"),
        ("set", lambda: {THING}, lambda x: x.add(1), "thing has other elements"),
        ("object in its place", lambda: {THING}, lambda x: (x.clear(), x.add(object())), "thing has other elements"),
    ),
)  # fmt: skip
def test_containers_that_change_inside(make, change, words):
    thing = make()
    guards = Guards(holding(thing))
    assert unchanged(guards)
    change(thing)
    assert words in said(guards)


def test_looking_does_not_add_to_a_defaultdict():
    thing = defaultdict(list, a=THING)
    guards = Guards(holding(thing))
    del thing["a"]
    assert said(guards)
    assert "a" not in thing


def test_a_read_only_view_of_a_dict():
    table = {"a": THING}
    guards = Guards(holding(MappingProxyType(table)))
    assert unchanged(guards)
    table["a"] = 1
    assert said(guards) == "thing['a'] was <object> and is 1"


def test_a_large_data_set_is_one_check():
    data = [[float(10 * i + j) for j in range(10)] for i in range(1000)]
    guards = Guards(holding(data))
    assert len(guards._checks) == 2
    assert unchanged(guards)
    data[999][9] = -1.0
    assert "the closed-over thing has changed: [[0.0, 1.0" in said(guards)
    data[999][9] = 9999.0
    assert unchanged(guards)
    data[0][0] = -0.0
    assert said(guards)
    data[0][0] = 0
    assert said(guards)


def test_many_checks():
    things = [object() for _ in range(3 * AT_ONCE)]
    guards = Guards(holding(things))
    assert unchanged(guards)
    things[5] = things[500] = None
    assert len(guards.changes()) == 2
    assert not guards.hold()


def test_a_container_in_itself():
    thing = [1.0]
    thing.append({"again": thing})
    guards = Guards(holding(thing))
    assert unchanged(guards)
    thing[0] = 2.0
    assert said(guards) == "thing[0] was 1.0 and is 2.0"


def test_very_deep_containers():
    thing = inner = []
    for _ in range(5000):
        inner.append([])
        inner = inner[0]
    guards = Guards(holding(thing))
    assert guards.hold()
    inner.append(1)
    assert not guards.hold()


def test_what_is_shared_is_checked_once():
    thing = {"a": THING}
    first, second = thing, thing
    guards = Guards(lambda: (first, second))
    assert unchanged(guards)
    thing["a"] = 1
    assert guards.changes() == ["first['a'] was <object> and is 1"]


# ---- arrays --------------------------------------------------------------------------------------------


def test_an_array_that_changes_in_place():
    A = np.zeros(3)
    guards = Guards(lambda x: x @ A)
    assert [(name, a is A) for name, a in guards.arrays] == [("A", True)]
    A[1] = 1.0
    assert said(guards) == "the closed-over array A (float64[3]) has other numbers"
    A[1] = 0.0
    assert unchanged(guards)
    A[1] = -0.0
    assert said(guards)


def test_a_global_array():
    f, space = function("def f(x): return x @ A", A=np.zeros((2, 2), np.float32))
    guards = Guards(f)
    space["A"][0] += 1
    assert said(guards) == "the global array A (float32[2, 2]) has other numbers"


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "u8", "f2", "f4", "f8", "g", "c8", "c16", "M8[s]", "U3", "S2", "V4", "i4,f8"]
)
def test_arrays_of_any_dtype(dtype):
    A = np.zeros((3, 2), dtype)
    guards = Guards(lambda x: A)
    assert unchanged(guards)
    A[2, 1] = (
        np.ones((), "f8").astype(dtype) if A.dtype.kind not in "VM" else np.frombuffer(b"1" * A.itemsize, dtype)[0]
    )
    assert "has other numbers" in said(guards)


@pytest.mark.parametrize("n", [1, PIECE // 8, PIECE // 8 + 1, PIECE])
def test_large_arrays(n):
    A = np.arange(float(n))
    A[0] = NAN
    guards = Guards(lambda x: A)
    assert unchanged(guards)
    A[-1] = 0.5
    assert said(guards)


@pytest.mark.parametrize(
    "view",
    cases(
        ("whole", lambda A: A),
        ("transposed", lambda A: A.T),
        ("every other", lambda A: A[:, ::2]),
        ("backward", lambda A: A[::-1, ::-1]),
        ("column", lambda A: A[:, -2:]),
        ("broadcast", lambda A: np.broadcast_to(A, (2, *A.shape))),
        ("one", lambda A: A[-1, -2]),
        ("none", lambda A: A[:0]),
        ("subclass", lambda A: A.view(np.matrix)),
    ),
)
@pytest.mark.parametrize("shape", [(4, 6), (200, 300)])
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_views(view, shape):
    base = np.zeros(shape)
    A = view(base)
    guards = Guards(lambda x: A)
    assert unchanged(guards)
    base[-1, -2] = 1.0
    assert guards.hold() is not bool(np.any(A)) or not isinstance(A, np.ndarray)


def test_only_what_a_view_shows_counts():
    base = np.zeros(10)
    A = base[:5]
    guards = Guards(lambda x: A)
    base[7] = 1.0
    assert unchanged(guards)
    base[2] = 1.0
    assert said(guards)


def test_arrays_of_objects():
    A = np.array([object(), [1.0]], dtype=object)
    guards = Guards(lambda x: A)
    assert unchanged(guards)
    A[1][0] = 2.0
    assert said(guards) == "A.flat[1] was [1.0] and is [2.0]"
    A[1][0] = 1.0
    A[0] = object()
    assert "the closed-over array A (object[2]) has other numbers" in said(guards)


def test_arrays_that_cannot_change_are_not_compared():
    A = np.zeros(3)
    A.flags.writeable = False
    assert len(Guards(lambda x: A)._checks) == 2
    B = np.zeros(3)[:]
    B.flags.writeable = False
    guards = Guards(lambda x: B)
    B.base[0] = 1.0
    assert said(guards)
    assert len(Guards(holding(np.frombuffer(b"12345678")))._checks) == 2


@pytest.mark.parametrize(
    "put", [lambda A: [A], lambda A: {"a": A}, lambda A: (A, 1), lambda A: SimpleNamespace(thing=A)]
)
def test_arrays_in_containers(put):
    A = np.zeros(3)
    f, _ = function("def f(x): return held.thing", held=put(A))
    guards = Guards(f)
    assert len(guards.arrays) == 1
    A[0] = 1.0
    assert "(float64[3]) has other numbers" in said(guards)


# ---- modules of parameters -----------------------------------------------------------------------------


class Net(Module):
    """A module of the user's own."""

    rate = 0.5

    def __init__(self):
        self.first, self.layers = Linear(3, 3, rng=0), [Linear(3, 2, rng=0)]
        self.mask, self.name = np.ones(3), "net"

    def forward(self, x):
        return self.layers[0](self.first(x * self.mask)) * self.rate


@pytest.mark.parametrize(
    ("change", "words"),
    cases(
        ("eval", lambda m: m.eval(), "model has got training = False"),
        ("eval inside", lambda m: m.layers[0].eval(), "model.layers[0] has got training = False"),
        ("parameter", lambda m: setattr(m.first, "bias", parameter(np.zeros(3))), "model.first.bias is another"),
        ("frozen", lambda m: m.freeze(), "model.first.weight was <Value> and is <array float32[3, 3]>"),
        ("layer", lambda m: m.layers.append(Linear(2, 2, rng=0)), "model.layers had 1 elements and has 2"),
        ("layer replaced", lambda m: m.layers.__setitem__(0, None), "model.layers[0] was <Linear> and is None"),
        ("buffer", lambda m: m.mask.__setitem__(0, 0.0), "the array model.mask (float64[3]) has other numbers"),
        ("setting nobody names", lambda m: setattr(m, "name", "other"), "model.name was 'net' and is 'other'"),
        ("new", lambda m: setattr(m, "extra", 1), "model has got extra = 1"),
        ("deleted", lambda m: delattr(m, "name"), "model.name was 'net' and is gone"),
    ),
)  # fmt: skip
def test_modules(change, words):
    model = Net()
    guards = Guards(lambda x: model(x))
    assert unchanged(guards)
    change(model)
    assert words in said(guards)


def test_training_and_back():
    model = Net().train()
    guards = Guards(lambda x: model(x))
    assert unchanged(guards)
    model.eval()
    assert "model.layers[0].training was True and is False" in said(guards)
    assert unchanged(guards) is False
    model.train()
    assert unchanged(guards)


def test_the_class_of_a_module(monkeypatch):
    model = Net()
    guards = Guards(model)
    assert unchanged(guards)
    with monkeypatch.context() as patched:
        patched.setattr(Net, "rate", 2.0)
        assert said(guards) == "Net.rate was 0.5 and is 2.0"
    with monkeypatch.context() as patched:
        patched.setattr(Net, "forward", lambda self, x: x)
        assert said(guards) == "Net.forward was <function forward> and is <function <lambda>>"
    with monkeypatch.context() as patched:
        patched.setattr(Net, "training", False, raising=False)
    assert unchanged(guards)


def test_new_numbers_in_parameters_are_no_change():
    model = MLP([3, 4, 2], rng=0)
    guards = Guards(lambda x: model(x))
    assert [id(v) for v in guards.values] == [id(v) for v in model.parameters()]
    for p in model.parameters():
        p.data = p.data + 1.0
        p.grad = p.data
    assert unchanged(guards)


def test_what_a_layer_of_the_user_reads():
    K = 1.0
    model = Sequential(Linear(2, 2, rng=0), lambda x: x * K)
    guards = Guards(lambda x: model(x))
    K = 2.0
    assert said(guards) == "the closed-over K was 1.0 and is 2.0"


def test_the_model_itself():
    model = Net()
    guards = Guards(model)
    model.layers[0].training = False
    assert said(guards) == "self.layers[0] has got training = False"


# ---- objects -------------------------------------------------------------------------------------------


class Base:
    shared = 1.0

    def helper(self, x):
        return x * self.shared


class Trainer(Base):
    rate = 0.1

    def __init__(self, model=None):
        self.model, self.scale, self.history = model, 2.0, []

    def __repr__(self):
        return f"{self.history}"

    def step(self, x):
        history = self.helper(x) * self.scale * self.rate  # only a local name
        return history  # noqa: RET504

    def fit(self):
        self.history.append(self.step(1.0))

    @property
    def doubled(self):
        raise AssertionError("nobody asked")

    def __call__(self, x):
        return self.step(x)


@pytest.mark.parametrize(
    "f", [lambda t: t.step, lambda t: t, lambda t: lambda x: t.step(x)], ids=["method", "object", "closure"]
)
def test_objects(f, monkeypatch):
    trainer = Trainer()
    guards = Guards(f(trainer))
    trainer.fit()
    trainer.history, trainer.unknown = None, 1
    assert unchanged(guards)
    trainer.scale = 3.0
    assert said(guards).endswith(".scale was 2.0 and is 3.0")
    trainer.scale = 2.0
    trainer.rate = 0.2
    assert said(guards).endswith(" has got unknown = 1, rate = 0.2")
    del trainer.rate
    assert unchanged(guards)
    monkeypatch.setattr(Base, "shared", 2.0)
    assert said(guards) == "Base.shared was 1.0 and is 2.0"
    monkeypatch.undo()
    monkeypatch.setattr(Trainer, "helper", lambda self, x: x, raising=False)
    assert said(guards) == "Trainer has got helper = <function <lambda>>"


def test_what_is_only_written_counts_too():
    class Keeper:
        def __init__(self):
            self.last = None

        def attribute(self, x):
            self.last = x

        def new(self, x):
            self.newer = x

        def text(self, x):
            setattr(self, "last", x)  # noqa: B010

    for name in ("attribute", "new", "text"):
        keeper = Keeper()
        guards = Guards(getattr(keeper, name))
        assert unchanged(guards)
        getattr(keeper, name)(1.0)
        assert said(guards) in ("self.last was None and is 1.0", "self has got newer = 1.0")


def test_a_global_that_is_only_written_counts_too():
    f, space = function("def f(x):\n    global last\n    last = x")
    guards = Guards(f)
    assert unchanged(guards)
    space["f"](1.0)
    assert said(guards) == "the global last did not exist and does"


def test_an_attribute_that_is_gone():
    trainer = Trainer()
    guards = Guards(trainer.step)
    del trainer.scale
    assert said(guards) == "self.scale was 2.0 and is gone"


def test_the_path_of_a_bound_method():
    trainer = Trainer()
    step = trainer.step
    guards = Guards(lambda x: step(x))
    trainer.scale = 3.0
    assert said(guards) == "step.__self__.scale was 2.0 and is 3.0"


def test_an_object_that_refers_to_itself():
    trainer = Trainer()
    trainer.model = trainer
    guards = Guards(lambda x: trainer.model.model.step(x))
    assert unchanged(guards)
    trainer.model = None
    assert said(guards) == "trainer.model was <Trainer> and is None"


class Special:
    """Its state is read by what Python calls for it."""

    def __init__(self):
        self.items = [1.0, None]

    @property
    def first(self):
        return self.items[0]

    @staticmethod
    def fixed():
        return LEVEL["static"]

    @classmethod
    def of_class(cls):
        return LEVEL["class"]

    @functools.cached_property
    def once(self):
        return LEVEL["once"]

    def __getitem__(self, i):
        return self.items[i]


LEVEL = {"static": THING, "class": THING, "once": THING}


@pytest.mark.parametrize("use", [lambda s: s[0], lambda s: s.first, lambda s: s.__getitem__(0)])
def test_special_methods_and_properties(use):
    thing = Special()
    guards = Guards(lambda: use(thing))
    assert unchanged(guards)
    thing.items[0] = 2.0
    assert said(guards) == "thing.items was [1.0, None] and is [2.0, None]"


@pytest.mark.parametrize(
    ("use", "key"),
    [(lambda s: s.fixed(), "static"), (lambda s: s.of_class(), "class"), (lambda s: s.once, "once")],
)
def test_methods_that_are_wrapped(use, key, monkeypatch):
    thing = Special()
    guards = Guards(lambda: use(thing))
    assert unchanged(guards)
    monkeypatch.setitem(LEVEL, key, 1)
    assert said(guards) == f"LEVEL[{key!r}] was <object> and is 1"


@dataclass
class Settings:
    lr: float = 0.1
    sizes: list = field(default_factory=lambda: [1, 2])
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Slotted:
    w: object
    calls: int = 0


class Slots:
    __slots__ = ("late", "w")


def test_dataclasses():
    settings = Settings()
    guards = Guards(lambda x: x * settings.lr * settings.sizes[0])
    settings.calls += 1
    assert unchanged(guards)
    settings.lr = 0.2
    assert said(guards) == "settings.lr was 0.1 and is 0.2"
    settings.lr = 0.1
    settings.sizes.append(3)
    assert said(guards) == "settings.sizes was [1, 2] and is [1, 2, 3]"


def test_slots():
    params = Slotted(Value(1.0))
    guards = Guards(lambda x: x * params.w)
    assert guards.values == [params.w]
    object.__setattr__(params, "calls", 1)
    assert unchanged(guards)
    object.__setattr__(params, "w", Value(1.0))
    assert said(guards) == "params.w is another <Value>"


def test_an_empty_slot():
    thing = Slots()
    thing.w = 1.0
    guards = Guards(lambda x: (thing.w, getattr(thing, "late", None)))
    assert unchanged(guards)
    thing.late = 1.0
    assert said(guards) == "thing.late had no value and has one"
    del thing.late, thing.w
    assert said(guards) == "thing.w was 1.0 and is gone"


def test_a_namespace():
    args = SimpleNamespace(lr=0.1, calls=0)
    guards = Guards(lambda x: x * args.lr)
    args.calls += 1
    assert unchanged(guards)
    args.lr = 0.2
    assert said(guards) == "args.lr was 0.1 and is 0.2"


def test_a_named_tuple():
    Point = namedtuple("Point", "w b")
    point = Point(Value(1.0), np.zeros(2))
    guards = Guards(lambda x: x * point.w)
    assert guards.values == [point.w]
    point.b[0] = 1.0
    assert said(guards) == "the array point[1] (float64[2]) has other numbers"


@pytest.mark.parametrize(
    "f",
    cases(
        ("getattr", lambda s: lambda: getattr(s, "lr")),  # noqa: B009
        ("hasattr", lambda s: lambda: hasattr(s, "lr")),
        ("in a loop", lambda s: lambda: [getattr(s, name) for name in ("lr", "sizes")]),
        ("variable", lambda s, name="lr": lambda: getattr(s, name)),
        ("built", lambda s, name="r": lambda: getattr(s, f"l{name}")),
        ("attrgetter", lambda s: functools.partial(operator.attrgetter("lr"), s)),
        ("vars", lambda s: lambda: vars(s)),
        ("__dict__", lambda s: lambda: s.__dict__),
    ),
)
def test_attributes_that_are_read_by_name(f):
    settings = Settings()
    guards = Guards(f(settings))
    assert unchanged(guards)
    settings.lr = 0.2
    assert said(guards).endswith(".lr was 0.1 and is 0.2")


def test_listing_the_attributes_of_one_object_reads_no_class():
    settings, trainer = Settings(), Trainer()
    guards = Guards(lambda: (vars(settings), trainer.scale, Trainer))
    Trainer.other = 1
    assert unchanged(guards)
    del Trainer.other
    settings.new = 1
    assert said(guards) == "settings has got new = 1"


def test_a_class_used_as_a_bag():
    class Config:
        lr = 0.1
        calls = 0

    guards = Guards(lambda x: x * Config.lr)
    Config.calls = 1
    assert unchanged(guards)
    Config.lr = 0.2
    assert said(guards) == "Config.lr was 0.1 and is 0.2"


def test_a_property_of_a_class():
    rate = 1.0

    class Meta(type):
        @property
        def rate(cls):
            return rate

    class Config(metaclass=Meta):
        pass

    guards = Guards(lambda x: x * Config.rate)
    rate = 2.0
    assert said(guards) == "the closed-over rate was 1.0 and is 2.0"


def test_how_objects_are_made():
    rate = 1.0

    class Made:
        def __init__(self):
            self.rate = rate

    guards = Guards(lambda x: x * Made().rate)
    assert unchanged(guards)
    rate = 2.0
    assert said(guards) == "the closed-over rate was 1.0 and is 2.0"


def test_a_dict_with_attributes():
    class Config(dict):
        pass

    config = Config(a=THING)
    config.lr = 0.1
    guards = Guards(lambda x: (x * config.lr, config["a"]))
    assert unchanged(guards)
    config.lr = 0.2
    assert said(guards) == "config.lr was 0.1 and is 0.2"
    config.lr = 0.1
    config["a"] = 1
    assert said(guards) == "config['a'] was <object> and is 1"


# ---- what is met on the way ----------------------------------------------------------------------------


def test_random_generators_are_found_and_held_by_identity():
    rng, other, draw = np.random.default_rng(0), random.Random(0), np.random.default_rng(1).normal
    guards = Guards(lambda x: (rng, other, draw))
    assert {*guards.generators} == {rng, other, draw.__self__}
    rng.normal()
    assert unchanged(guards)
    rng = np.random.default_rng(0)
    assert said(guards) == "the closed-over rng is another <Generator>"


def test_what_is_read_live_is_held_by_identity():
    class Live:
        read_live = True

        def __init__(self):
            self.lr = 0.1

        def step(self):
            return self.lr

    live = Live()
    guards = Guards(lambda: live.step() * live.lr)
    live.lr = 0.2
    assert unchanged(guards)
    live = Live()
    assert said(guards) == "the closed-over live is another <Live>"


def test_an_optimiser_may_go_on():
    model = MLP([3, 4, 2], rng=0)
    optimiser = te.optim.Adam(model.parameters(), lr=0.1)

    def step(x):
        loss = (model(x) ** 2).sum()
        loss.backward()
        optimiser.step()
        return loss

    guards = Guards(step)
    step(np.ones(3))
    optimiser.lr = 0.01
    assert unchanged(guards)
    optimiser = te.optim.Adam(model.parameters(), lr=0.1)
    assert said(guards) == "the closed-over optimiser is another <Adam>"


def test_the_rule_of_an_optimiser_of_the_user():
    decay = 0.5

    class Descent(te.optim.Optimizer):
        def update(self, w, g, kept, work, step):
            w -= self.lr * decay * g

    optimiser = Descent([Value([1.0])], lr=0.1)
    guards = Guards(lambda: optimiser.step())
    optimiser.lr = 0.2
    assert unchanged(guards)
    decay = 0.1
    assert said(guards) == "the closed-over decay was 0.5 and is 0.1"


def test_iterators_are_found():
    batches = iter([1, 2, 3])
    assert [name for name, _ in Guards(lambda: next(batches)).iterators] == ["batches"]


def test_results_are_held_by_identity():
    leaf = Value(1.0)
    result = leaf * 2.0
    guards = Guards(lambda x: x * result)
    assert guards.values == []
    result = leaf * 2.0
    assert said(guards) == "the closed-over result is another <Value>"


def test_values_are_listed_once():
    w, table = Value(1.0), {}
    table["w"], table["again"] = w, [w]
    assert Guards(lambda x: (x * w, table)).values == [w]


# ---- what must not disturb -----------------------------------------------------------------------------


class Hostile:
    """It fails at whatever is asked."""

    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError

    def __getattr__(self, name):
        raise RuntimeError

    def __repr__(self):
        raise RuntimeError

    def __bool__(self):
        raise RuntimeError

    def __len__(self):
        raise RuntimeError


class Everything(Hostile):
    def __getattribute__(self, name):
        raise RuntimeError


class HostileList(Everything, list):
    pass


def test_containers_that_fail():
    thing = HostileList([THING, [1.0]])
    guards = Guards(holding(thing))
    assert guards.hold() is False  # it cannot be looked at, so it may have changed
    assert guards.changes()


@pytest.mark.parametrize("make", [Hostile, Everything])
def test_objects_that_fail(make):
    thing = [make()]
    guards = Guards(lambda: thing[0].x)
    assert unchanged(guards)
    thing[0] = make()
    assert said(guards) == f"thing[0] is another <{make.__name__}>"


@pytest.mark.parametrize("f", [len, np.sin, te.relu, int, 3, None, functools.partial(len), [].append, object()])
def test_anything_can_be_guarded(f):
    assert unchanged(Guards(f))


def test_one_thing_that_changes_names_it_alone():
    model, rate, A = Net().train(), 0.1, np.zeros(3)
    guards = Guards(lambda x: model(x) * rate @ A)
    A[0], rate = 1.0, 0.2
    model.first.training = False
    assert guards.changes() == [
        "the closed-over rate was 0.1 and is 0.2",
        "model.first.training was True and is False",
        "the closed-over array A (float64[3]) has other numbers",
    ]
