"""Random programs: short computations that reuse, broadcast, index, reduce and multiply.

A program is data: lines, each a template with the names of its operands.  It prints as code that runs, and
computes on arrays, on Values, or in any other engine's namespace that looks like NumPy.  The table of templates
below is open to reading: what a template needs is said by the shapes that it fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .spelling import spelled
from .strategies import Shape, arrays, broadcastable, directions_like, small_integers

LARGEST = 20.0
"""A line that gives larger numbers is left out: they would drown in rounding what is looked for."""

MOST_ELEMENTS = 64
"""A line that gives more is left out, too."""

# ---- the table: what fits which shapes -------------------------------------------------------------------


def any_shape(_: Shape) -> bool:
    """Everything fits."""
    return True


def with_axes(a: Shape) -> bool:
    """At least one axis, and no axis of length 0."""
    return bool(a) and 0 not in a


def matrices(a: Shape) -> bool:
    """At least two axes, none of length 0."""
    return len(a) >= 2 and 0 not in a


def one_matrix(a: Shape) -> bool:
    """Two axes, none of length 0."""
    return len(a) == 2 and 0 not in a


@lru_cache(maxsize=4096)
def broadcast(a: Shape, b: Shape) -> bool:
    """Two shapes that broadcast together."""
    return all(m == n or 1 in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False))


def broadcast_with_axes(a: Shape, b: Shape) -> bool:
    """Two shapes that broadcast together, the first with an axis of its own."""
    return with_axes(a) and broadcast(a, b)


def alike(a: Shape, b: Shape) -> bool:
    """Twice the same shape, with an axis."""
    return a == b and with_axes(a)


def chained(a: Shape, b: Shape) -> bool:
    """What `@` takes: vectors, matrices and stacks of them whose inner lengths agree."""
    if not a or not b or 0 in a + b or a[-1] != b[-2:][0]:
        return False
    return len(a) == 1 or len(b) == 1 or broadcast(a[:-2], b[:-2])


def chained_backward(a: Shape, b: Shape) -> bool:
    """Matrices, or stacks of them, of which the second is transposed to be chained."""
    return len(a) >= 2 and len(b) >= 2 and chained(a, (*b[:-2], b[-1], b[-2]))


def two_vectors(a: Shape, b: Shape) -> bool:
    """Two vectors of any length but 0."""
    return len(a) == len(b) == 1 and 0 not in a + b


def matrix_and_vector(a: Shape, b: Shape) -> bool:
    """A matrix, and a vector as long as its rows."""
    return len(a) == 2 and len(b) == 1 and chained(a, b)


def two_matrices(a: Shape, b: Shape) -> bool:
    """Two matrices whose inner lengths agree."""
    return len(a) == len(b) == 2 and chained(a, b)


SMOOTH: Mapping[Callable[..., bool], tuple[str, ...]] = {
    any_shape: (
        *("np.sin({0})", "np.tanh({0})", "-{0}", "{0} * 0.5", "{0} + 1.0", "1.5 - {0}", "np.cos({0})"),
        *("{0} * {0}", "{0} ** 2", "{0} ** 3", "np.square({0})", "{0} * {0} - {0}", "np.exp(0.25 * {0})"),
        *("np.arctan({0})", "np.sqrt({0} ** 2 + 1.0)", "np.log({0} ** 2 + 0.5)", "1 / ({0} ** 2 + 1.0)"),
        *("np.log1p(np.exp({0}))", "np.expm1(0.5 * {0})", "np.reciprocal(2.0 + np.cos({0}))", "np.sinh(0.5 * {0})"),
    ),
    broadcast: (
        *("{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / ({1} ** 2 + 1.0)", "({0} - {1}) ** 2", "{0} * {1} + {0}"),
        *("np.multiply({0}, {1}) - {1}", "np.arctan2({0}, 3.0 + np.cos({1}))", "np.logaddexp({0}, {1})"),
        *("np.hypot({0}, 1.0 + {1} ** 2)", "(1.0 + {0} ** 2) ** np.sin({1})", "np.power(1.5 + np.cos({0}), {1})"),
    ),
    with_axes: (
        *("np.sum({0}, axis={axis})", "np.mean({0}, axis={axis}, keepdims=True)", "np.prod(np.cos({0}), axis={axis})"),
        *(
            "np.var({0}, axis={axis})",
            "np.log(np.sum(np.exp({0}), axis={axis}))",
            "{0} - np.mean({0}, axis={axis}, keepdims=True)",
        ),
        *("np.exp({0}) / np.sum(np.exp({0}), axis={axis}, keepdims=True)", "np.sum({0} * {0}, axis={axis})"),
        *("np.std(np.stack([{0}, 1.0 + {0} ** 2]), axis=0)", "np.cumsum({0}, axis={line})", "np.ravel({0})"),
        *("{0}[::-1]", "{0}[0]", "{0}[-1]", "{0}[..., None]", "{0}[1:] * {0}[:-1]", "{0}[[0, -1, 0]]"),
        *("{0}[np.array([0, -1, 0])]", "np.take({0}, np.array([0, -1, 0]), axis={line})", "np.flip({0}, axis={line})"),
        *("np.concatenate([{0}, {0}], axis={line})", "np.stack([{0}, {0} * 2.0], axis={line})", "{0}[..., ::2]"),
        *("np.roll({0}, 1, axis={line})", "np.expand_dims({0}, {line})", "np.moveaxis({0}, {line}, 0)"),
        *("np.reshape({0}, (-1, 1))", "np.broadcast_to({0}, {stacked})", "np.tile({0}, 2)"),
    ),
    matrices: (
        *("{0}.T", "np.einsum('...ij->...ji', {0})", "np.tril({0})", "np.triu({0}, 1)", "np.swapaxes({0}, 0, 1)"),
        *("{0}[0, 1:]", "{0}[:, 0] * {0}[:, -1]", "np.einsum('...ij->...i', {0} * {0})"),
    ),
    one_matrix: ("{0} @ {0}.T", "{0}.T @ {0}", "np.trace({0})", "np.diagonal({0})", "np.einsum('ij,ij->j', {0}, {0})"),
    broadcast_with_axes: (
        "np.where(np.arange({side}) % 2 == 0, {0}, {1})",
        "np.where(np.arange({side}) % 2 == 0, {0} * {1}, 0.5)",
    ),
    alike: ("np.stack([{0}, {1}])", "np.concatenate([{0}, {1}], axis={line})", "np.sum({0} * {1}, axis={axis})"),
    chained: ("{0} @ {1}", "np.matmul({0}, {1})"),
    chained_backward: ("{0} @ np.swapaxes({1}, -1, -2)", "np.einsum('...ij,...kj->...ik', {0}, {1})"),
    two_vectors: ("np.outer({0}, {1})", "np.einsum('i,j->ij', {0}, {1})", "{0}[:, None] * {1}[None, :]"),
    matrix_and_vector: ("np.einsum('ij,j->i', {0}, {1})", "{1} @ {0}.T", "np.dot({0}, {1})"),
    two_matrices: ("np.dot({0}, {1})", "np.einsum('ij,jk->ik', {0}, {1})", "np.tensordot({0}, {1}, 1)"),
}
"""What has a derivative everywhere, at least twice: what the shapes must fit → templates, simplest first.

{0} and {1} are operands, {axis} an axis of the first or None, {line} an axis, {side} the length of its last axis,
{stacked} the shape of two of it."""

KINKED: Mapping[Callable[..., bool], tuple[str, ...]] = {
    any_shape: (
        *("np.abs({0})", "np.minimum({0}, 0.0)", "np.clip({0}, -0.5, 0.5)", "np.sign({0}) * {0}", "np.max({0})"),
        *("np.where({0} > 0.0, {0}, 0.25 * {0})", "np.min({0})", "({0} > 0.0) * {0}", "np.maximum({0}, {0})"),
    ),
    broadcast: ("np.maximum({0}, {1})", "np.minimum({0}, {1})", "np.where({0} > {1}, {0}, {1})", "np.abs({0} - {1})"),
    with_axes: ("np.max({0}, axis={axis})", "np.min({0}, axis={axis}, keepdims=True)", "np.sort({0}, axis={line})"),
}
"""What has corners, ties and jumps of the slope."""

ENDINGS = ("np.sum({0})", "np.sum({0} ** 2)", "np.sum(np.sin({0}))")
"""How arrays become one number: with the same cotangent for all elements, or with one that tells them apart."""


@dataclass(frozen=True)
class Template:
    """The text of a line, and the function of its operands' shapes that says whether it fits."""

    text: str
    fits: Callable[..., bool]
    kinked: bool

    @property
    def operands(self) -> int:
        """How many operands it has."""
        return 2 if "{1}" in self.text else 1


def names_in(text: str) -> set[str]:
    """The names that a text takes from the namespace `np`.

    >>> sorted(names_in("np.sqrt(np.sum({0} ** 2))"))
    ['sqrt', 'sum']
    """
    return set(re.findall(r"\bnp\.(\w+)", text))


TEMPLATES = tuple(
    Template(text, fits, kinked)
    for table, kinked in ((SMOOTH, False), (KINKED, True))
    for fits, texts in table.items()
    for text in texts
)


def offered_by(namespace: Any, without: Sequence[str] = ()) -> Callable[[str], bool]:
    """For `allow=`: the templates whose functions a namespace has, and that contain none of some texts.

    >>> may = offered_by(np, without=["@", "einsum"])
    >>> may("np.sum({0})"), may("{0} @ {1}"), may("np.no_such_function({0})")
    (True, False, False)
    """
    return lambda text: (
        all(hasattr(namespace, name) for name in names_in(text)) and not any(part in text for part in without)
    )


def arithmetic(text: str) -> bool:
    """For `allow=`: the templates without a namespace, for engines that only have operators.

    >>> arithmetic("{0} * {1}"), arithmetic("np.sin({0})")
    (True, False)
    """
    return not names_in(text)


# ---- a program -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """`name = text`: a template whose places are filled with the names of operands and with settings."""

    name: str
    template: str
    operands: tuple[str, ...]
    settings: tuple[tuple[str, Any], ...] = ()

    @property
    def text(self) -> str:
        """The expression, such as `np.sum(v0, axis=1)`."""
        return self.template.format(*self.operands, **dict(self.settings))

    def renamed(self, names: Mapping[str, str]) -> Line:
        """The line with other names in it."""
        return Line(names[self.name], self.template, tuple(names[x] for x in self.operands), self.settings)


@dataclass(frozen=True, repr=False)
class Program:
    """Names and data of the inputs, and the lines that follow; the last line is the result.

    >>> program = Program({"x": 2.0}, (Line("v", "np.square({0})", ("x",)), Line("y", "{0} + {1}", ("v", "x"))))
    >>> print(program)
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def f(x):
        v = np.square(x)
        return v + x
    <BLANKLINE>
    <BLANKLINE>
    x = 2.0
    >>> float(program(3.0)), float(program(*program.arguments))
    (12.0, 6.0)
    """

    inputs: dict[str, Any]
    lines: tuple[Line, ...]

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The data of the inputs, in order."""
        return tuple(self.inputs.values())

    def __call__(self, *inputs: Any, np: Any = np) -> Any:
        """The result for other inputs: numbers, arrays, or those of an engine whose namespace is `np`."""
        names = dict(zip(self.inputs, inputs, strict=True))
        for line in self.lines:
            names[line.name] = evaluated(line.text, names, np)
        return names[self.lines[-1].name]

    def code(self) -> str:
        """Python that runs: the function, and its inputs to the last digit."""
        body = [f"    {line.name} = {line.text}" for line in self.lines[:-1]]
        body += [f"    return {self.lines[-1].text}"]
        given = [f"{name} = {spelled(x)}" for name, x in self.inputs.items()]
        return "\n".join(
            ["import numpy as np", "", "", f"def f({', '.join(self.inputs)}):", *body, "", "", *given],
        )

    def __str__(self) -> str:
        return self.code()

    def __repr__(self) -> str:
        return f"\n{self.code()}\n"

    def tidied(self, *, keep_inputs: bool = False) -> Program:
        """Only what the result is made of, renamed x0, x1, … and v0, v1, …; one input stays in any case.

        >>> lines = (Line("v", "-{0}", ("b",)), Line("w", "-{0}", ("a",)), Line("y", "{0} + 1.0", ("v",)))
        >>> tidy = Program({"a": 1.0, "b": 2.0}, lines).tidied()
        >>> tidy.inputs, [line.text for line in tidy.lines]
        ({'x0': 2.0}, ['-x0', 'v0 + 1.0'])
        """
        needed = {self.lines[-1].name}
        for line in reversed(self.lines):
            if line.name in needed:
                needed |= {*line.operands}
        kept = [x for x in self.inputs if keep_inputs or x in needed] or [*self.inputs][:1]
        lines = [line for line in self.lines if line.name in needed]
        names = {x: f"x{i}" for i, x in enumerate(kept)} | {line.name: f"v{i}" for i, line in enumerate(lines)}
        inputs = {names[x]: self.inputs[x] for x in kept}
        return Program(inputs, tuple(line.renamed(names) for line in lines))


def evaluated(text: str, names: Mapping[str, Any], np: Any = np) -> Any:
    """The value of an expression of names, and of nothing else but the namespace `np`."""
    return eval(_compiled(text), {"np": np, "__builtins__": {}}, names)


@lru_cache(maxsize=4096)
def _compiled(text: str) -> CodeType:
    return compile(text, "<string>", "eval", dont_inherit=True)


# ---- drawing one -----------------------------------------------------------------------------------------


MULTIPLIED: tuple[Shape, ...] = ((3,), (3, 3), (2, 3), (3, 2), (2,), (2, 2, 3))
"""Shapes that `@` takes, in one order or another."""


@st.composite
def _inputs(draw: st.DrawFn) -> tuple[Any, ...]:
    """One to three arrays which broadcast together, or are vectors and matrices with few different sides."""
    several, multiplied, *which = draw(small_integers(5)).tolist()
    given = draw(broadcastable(1 + several % 3, min_side=1))
    if multiplied % 2:
        given = tuple([MULTIPLIED[k % len(MULTIPLIED)] for _, k in zip(given, which, strict=False)])
    return tuple([draw(arrays(shape, interval=(-1.5, 1.5))) for shape in given])


INPUTS = _inputs()
"""One to three arrays of elements between −1.5 and 1.5, which broadcast together, or can be multiplied with `@`."""


@st.composite
def programs(
    draw: st.DrawFn,
    max_lines: int = 6,
    kinks: bool = False,
    *,
    inputs: SearchStrategy[Any] = INPUTS,
    allow: Callable[[str], bool] = lambda text: True,
    one_number: bool = True,
) -> Program:
    """A random program of at most `max_lines` lines, and one more for the result.

    kinks        with corners, ties and jumps of the slope as well
    inputs       a strategy of the inputs' data: a tuple of numbers and arrays
    allow        a function of a template's text: whether it may be used; see `offered_by` and `arithmetic`
    one_number   whether the result is one number, a sum over all that is not used again; otherwise it is the
                 last line, of any shape

    It shrinks to few lines, in which the inputs are used rather than other lines, of simple functions and simple
    numbers.  Lines that the result does not need are left out, and so, mostly, are inputs.

    >>> from tinygrad_edu.testing.strategies import simplest
    >>> print(simplest(programs(), lambda program: "tanh" in str(program)))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def f(x0):
        return np.tanh(x0)
    <BLANKLINE>
    <BLANKLINE>
    x0 = 0.0

    Every line gives finite numbers of at most 20 in size for these inputs, 64 of them at most.
    """
    table = allowed(kinks, allow)
    # Of a fixed size, and before the inputs: Hypothesis can then change either without the other.
    (most, end, unused), *recipes = draw(small_integers(3 + 6 * max_lines)).reshape(-1, 3).tolist()
    given = {f"x{i}": x for i, x in enumerate(draw(inputs))}
    values, lines = dict(given), list[Line]()
    for recipe in recipes:
        line = next_line(f"v{len(lines)}", table, recipe, values) if len(lines) <= most % max_lines else None
        lines += [] if line is None else [line]
    endings = [ENDINGS[0], *filter(allow, ENDINGS[1:])]
    lines += result_of(lines, values, endings[end % len(endings)] if one_number else None)
    return Program(given, tuple(lines)).tidied(keep_inputs=unused % 2 == 1)


@lru_cache(maxsize=256)
def allowed(kinks: bool, allow: Callable[[str], bool]) -> tuple[Template, ...]:
    """The templates that may be used; those with kinks are there twice, so that programs have some."""
    found = [t for t in TEMPLATES if (kinks or not t.kinked) and allow(t.text)]
    return tuple(found + [t for t in found if t.kinked])


def next_line(name: str, table: Sequence[Template], recipe: Sequence[int], values: dict[str, Any]) -> Line | None:
    """The line that three integers stand for: a template, its operands, its settings.  Its value joins `values`.

    None if the first is 0 (so a line shrinks to none), if nothing fits, or if the result is empty, too large or
    not finite."""
    if not (recipe[0] and table):
        return None
    template = table[(recipe[0] - 1) % len(table)]
    operands = chosen(template, recipe[1], {x: np.shape(value) for x, value in values.items()})
    if not operands:
        return None
    line = Line(name, template.text, operands, settings_of(template, recipe[2], np.shape(values[operands[0]])))
    try:
        with np.errstate(all="ignore"):
            value = evaluated(line.text, values)
            largest = np.max(np.abs(value), initial=0.0)
    except (TypeError, ValueError, ArithmeticError):  # such as an order of complex numbers
        return None
    if not (0 < np.size(value) <= MOST_ELEMENTS and largest <= LARGEST):
        return None
    values[name] = value
    return line


def settings_of(template: Template, choice: int, shape: Shape) -> tuple[tuple[str, Any], ...]:
    """What a template has in the place of {axis} and the like, if that is the shape of the first operand."""
    axes = (*range(len(shape)), *range(-1, -len(shape) - 1, -1))
    several = {"axis": (None, *axes), "line": axes, "side": shape[-1:], "stacked": ((2, *shape),)}
    used = [(setting, values) for setting, values in several.items() if f"{{{setting}}}" in template.text]
    return tuple((setting, values[choice % len(values)]) for setting, values in used)


def chosen(template: Template, choice: int, shapes: Mapping[str, Shape]) -> tuple[str, ...]:
    """Operands that the template fits, the newest value three times as often as others; () if there are none."""
    found: list[tuple[str, ...]]
    if template.operands == 1:
        found = [(a,) for a in shapes if template.fits(shapes[a])]
    else:
        found = [(a, b) for a in shapes for b in shapes if template.fits(shapes[a], shapes[b])]
    newest = [*shapes][-1]
    found += 2 * [names for names in found if newest in names]
    return found[choice % len(found)] if found else ()


def result_of(lines: Sequence[Line], values: Mapping[str, Any], ending: str | None) -> list[Line]:
    """The line that is still to come: a sum over all that no line uses; numbers are added as they are.

    Without an ending the last line is the result.  If there is no line, the first input is."""
    used = {x for line in lines for x in line.operands}
    ends = [line.name for line in lines if ending is None or line.name not in used] or [*values][:1]
    if ending is None or (len(ends) == 1 and not np.ndim(values[ends[0]])):
        return [] if lines else [Line("y", "{0}", (ends[-1],))]
    terms = [(ending if np.ndim(values[x]) else "{0}").replace("{0}", f"{{{i}}}") for i, x in enumerate(ends)]
    return [Line("y", " + ".join(terms), tuple(ends))]


@st.composite
def programs_with_directions(draw: st.DrawFn, /, kinks: bool = False, **options: Any) -> tuple[Program, list[Any]]:
    """A random program, and a tangent for each of its inputs; options as for `programs`."""
    program = draw(programs(kinks=kinks, **options))
    return program, [draw(directions_like(x)) for x in program.arguments]


__all__ = [
    "ENDINGS",
    "INPUTS",
    "KINKED",
    "SMOOTH",
    "TEMPLATES",
    "Line",
    "Program",
    "Template",
    "arithmetic",
    "evaluated",
    "names_in",
    "offered_by",
    "programs",
    "programs_with_directions",
]
