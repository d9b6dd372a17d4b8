"""Trees: nested dicts, lists, tuples and named tuples."""

from collections import OrderedDict, namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu.trees import leaves, matching, rebuilt

Pair = namedtuple("Pair", "first second")

LEAVES = st.integers() | st.floats(allow_nan=False) | st.text(max_size=2)
TREES = st.recursive(
    LEAVES | st.none(),
    lambda part: (
        st.lists(part, max_size=3)
        | st.lists(part, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2), part, max_size=3)
        | st.dictionaries(st.text(max_size=2), part, max_size=3).map(OrderedDict)
        | st.builds(Pair, part, part)
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
