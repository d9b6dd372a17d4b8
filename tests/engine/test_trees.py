"""Trees: nested dicts, lists, tuples and named tuples."""

from collections import OrderedDict, namedtuple
from dataclasses import InitVar, dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu.trees import leaves, matching, rebuilt

Pair = namedtuple("Pair", "first second")


@dataclass
class Open:
    """A dataclass like any other."""

    first: Any
    second: Any


@dataclass(frozen=True, slots=True)
class Frozen:
    """One that cannot be changed, with a setting."""

    first: Any
    name: str = "same"
    setting: int = field(default=3, metadata={"static": True})


LEAVES = st.integers() | st.floats(allow_nan=False)
TREES = st.recursive(
    LEAVES | st.none(),
    lambda part: (
        st.lists(part, max_size=3)
        | st.lists(part, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2), part, max_size=3)
        | st.dictionaries(st.text(max_size=2), part, max_size=3).map(OrderedDict)
        | st.builds(Pair, part, part)
        | st.builds(Open, part, part)
        | st.builds(Frozen, part)
    ),
    max_leaves=8,
)


@given(TREES)
def test_a_tree_is_rebuilt_from_its_leaves(tree):
    twin = rebuilt(tree, leaves(tree))
    assert twin == tree
    assert type(twin) is type(tree)
    assert leaves(twin) == leaves(tree)


@given(TREES)
def test_leaves_come_in_order(tree):
    count = len(leaves(tree))
    numbered = rebuilt(tree, range(count))
    assert leaves(numbered) == list(range(count))
    assert None not in leaves(tree)


@given(TREES)
def test_rebuilding_changes_nothing(tree):
    before = repr(tree)
    rebuilt(tree, range(len(leaves(tree))))
    assert repr(tree) == before


@given(TREES)
def test_a_tree_matches_itself_in_any_order_of_keys(tree):
    assert matching(tree, tree) == leaves(tree)
    assert matching(shuffled(tree), tree) == leaves(tree)


def shuffled(tree):
    """The same tree with the keys of its dicts in reverse order."""
    if isinstance(tree, dict):
        return {key: shuffled(part) for key, part in reversed(tree.items())}
    if isinstance(tree, Pair):
        return Pair(*map(shuffled, tree))
    if isinstance(tree, Open):
        return Open(shuffled(tree.first), shuffled(tree.second))
    if isinstance(tree, Frozen):
        return Frozen(shuffled(tree.first))
    if isinstance(tree, list | tuple):
        return type(tree)(map(shuffled, tree))
    return tree


@pytest.mark.parametrize(
    ("tree", "pattern", "message"),
    [
        ({"a": 1}, {"b": 1}, r"keys \['b'\] was expected, not a dict with the keys \['a'\]"),
        ({"a": 1, "b": 2}, {"a": 1}, r"keys \['a'\]"),
        ([1, 2], [1], r"a list of 1 was expected, not a list of 2"),
        ([1], {"a": 1}, r"a dict .* was expected, not a list of 1"),
        (1, [1], r"a list of 1 was expected, not a int"),
        ([1], 1, r"a single int was expected, not a list of 1"),
        (None, 1, r"a single int was expected, not a NoneType"),
        (1, None, r"was expected, not a int"),
        (Frozen(1), Open(1, 2), r"a Open was expected, not a Frozen"),
        (1, Open(1, 2), r"a Open was expected, not a int"),
        (Open(1, 2), 1, r"a single int was expected, not a Open"),
        (Open(1, [2]), Open(1, 2), r"a single int was expected, not a list of 1"),
        ({"a": [1, 2]}, {"a": [1]}, r"a list of 1 was expected, not a list of 2"),
    ],
)
def test_trees_that_differ_are_told_apart(tree, pattern, message):
    with pytest.raises(ValueError, match=message):
        matching(tree, pattern)


def test_arrays_are_leaves():
    x = np.ones((2, 2))
    assert leaves({"w": x})[0] is x
    assert rebuilt([x], [3.0]) == [3.0]
    assert leaves(None) == leaves([]) == leaves({}) == []


@dataclass
class Checked:
    """A dataclass that works on its fields when it is made."""

    w: float
    scale: InitVar[float]
    activation: Any = np.tanh
    name: str | None = None
    on: bool = True
    inner: Any = None
    area: float = field(init=False)
    later: float = field(init=False)

    def __post_init__(self, scale):
        if not isinstance(self.w, float):
            raise TypeError("w is a float")
        self.area = self.w * scale


def test_of_a_dataclass_only_what_holds_numbers_is_replaced():
    tree = Checked(2.0, 3.0, name="layer", inner=Frozen([1.0, None]))
    assert leaves(tree) == [2.0, 1.0, 6.0]
    twin = rebuilt(tree, "abc")  # nothing is checked or computed again
    assert (twin.w, twin.inner, twin.area) == ("a", Frozen(["b", None]), "c")
    assert (twin.activation, twin.name, twin.on) == (np.tanh, "layer", True)
    assert (tree.w, tree.inner, tree.area) == (2.0, Frozen([1.0, None]), 6.0)
    assert leaves(Checked) == [Checked]  # the class itself is no container
