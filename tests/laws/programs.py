"""Random programs: short computations that reuse, broadcast, index, reduce and multiply.

A program is data: lines of text over the names of inputs and of earlier lines.  It prints as the code
that it runs, and runs on arrays and on Values alike.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from .numbers import broadcastable, directions, numbers, some_axis

UNARY = (
    "np.tanh({})",
    "np.sin({})",
    "np.exp(0.25 * {})",
    "-{}",
    "np.arctan({})",
    "{} * 0.5",
    "{} ** 2",
    "np.square({})",
)
POSITIVE = ("np.sqrt({} ** 2 + 1.0)", "np.log({} ** 2 + 0.5)", "1 / ({} ** 2 + 1.0)", "np.log1p(np.exp({}))")
BINARY = (
    *("{} + {}", "{} - {}", "{} * {}", "{} / ({} ** 2 + 1.0)", "np.arctan2({}, 3.0 + np.cos({}))"),
    *("np.logaddexp({}, {})", "np.hypot({}, 1.0 + {} ** 2)"),
)
REDUCTIONS = (
    "np.sum({}, axis={})",
    "np.mean({}, axis={}, keepdims=True)",
    "np.prod(np.cos({}), axis={})",
    "np.var({}, axis={})",
)
FOR_VECTORS = (
    "{}[::-1]",
    "{}[0]",
    "{}[[0, -1, 0]]",
    "{}[..., None]",
    "np.cumsum({}, axis=0)",
    "np.concatenate([{0}, {0}])",
)
FOR_MATRICES = (
    "{}.T",
    "{} @ {}.T",
    "np.einsum('...ij->...ji', {})",
    "np.tril({})",
    "np.ravel({})",
    "np.stack([{0}, {0} * 2.0])",
)
KINKED = (
    *("np.maximum({}, {})", "np.minimum({}, 0.0)", "np.abs({})", "np.clip({}, -0.5, 0.5)", "np.sign({0}) * {0}"),
    *("np.where({0} > 0.0, {0}, 0.25 * {0})", "np.max({})", "np.min({})", "({0} > 0.0) * {0}", "np.maximum({0}, {0})"),
)


@dataclass(frozen=True)
class Program:
    """Names and values of the inputs, and the lines that follow; the last line is the result."""

    inputs: dict[str, Any]
    lines: tuple[tuple[str, str], ...]

    def __call__(self, *inputs):
        names = dict(zip(self.inputs, inputs, strict=True))
        for name, text in self.lines:
            names[name] = eval(text, {"np": np, "__builtins__": {}}, names)
        return names[self.lines[-1][0]]

    def __str__(self):
        given = [f"{name} = {value!r}" for name, value in self.inputs.items()]
        return "\n".join([*given, *(f"{name} = {text}" for name, text in self.lines)])


def fill(template, first, second):
    """A template with its places filled: one name throughout, or two."""
    if "{0}" in template:
        return template.format(first)
    return template.format(*([first, second] if template.count("{}") == 2 else [first]))


@st.composite
def next_line(draw, shapes, kinks):
    """One more line over values of the given shapes, by name."""
    name = draw(st.sampled_from(sorted(shapes)))
    shape = shapes[name]
    kinds = [UNARY, POSITIVE, BINARY, *[KINKED] * kinks]
    if shape and 0 not in shape:
        kinds += [REDUCTIONS, FOR_VECTORS]
    if len(shape) >= 2 and 0 not in shape:
        kinds.append(FOR_MATRICES)
    kind = draw(st.sampled_from(kinds))
    template = draw(st.sampled_from(kind))
    if kind is REDUCTIONS:
        return template.format(name, draw(st.none() | some_axis(shape)))
    if template == "{} @ {}.T":
        return template.format(name, name) if len(shape) == 2 else f"{name} * 0.5"
    partners = [n for n, s in shapes.items() if broadcasts_with(s, shape)]
    return fill(template, name, draw(st.sampled_from(sorted(partners) or [name])))


def broadcasts_with(a, b):
    """Whether two shapes broadcast together, to something small."""
    try:
        return np.prod(np.broadcast_shapes(a, b)) <= 32
    except ValueError:
        return False


@st.composite
def programs(draw, max_lines=6, kinks=False):
    """A random program whose result is one number; with `kinks`, it has corners and ties as well."""
    given = draw(broadcastable(draw(st.integers(1, 3)), min_side=1))
    inputs = {f"x{i}": draw(numbers(shape, (-1.5, 1.5))) for i, shape in enumerate(given)}
    values, lines = dict(inputs), []
    for k in range(draw(st.integers(1, max_lines))):
        text = draw(next_line({name: np.shape(value) for name, value in values.items()}, kinks))
        lines.append((f"v{k}", text))
        values[f"v{k}"] = eval(text, {"np": np, "__builtins__": {}}, {n: as_operand(v) for n, v in values.items()})
    newest = [name for name, _ in lines[-3:]]
    lines.append(("y", " + ".join(f"np.sum({name})" for name in newest)))
    return Program(inputs, tuple(lines))


def as_operand(x):
    """A NumPy number, so that methods such as `.T` exist."""
    return x if np.shape(x) else np.float64(x)


@st.composite
def programs_with_directions(draw, kinks=False):
    """A random program and a tangent for each input."""
    program = draw(programs(kinks=kinks))
    return program, [draw(directions(np.shape(x))) for x in program.inputs.values()]
