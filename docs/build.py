"""What in this folder is generated: `ops.md`, from the table of operations, and the figures.

`python docs/build.py` writes both anew.  A test asks `pages` and `figures` for the same texts and
compares them with the files, so neither can go stale.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import scipy.special

import tinygrad_edu as te
from tinygrad_edu import Value, kinds, nn
from tinygrad_edu.engine import Op
from tinygrad_edu.notation import BY_NUMPY, KEYWORDS, OPS, spelled
from tinygrad_edu.numerals import formula_text
from tinygrad_edu.ops import special as special_functions

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))
coverage = import_module("numpy_coverage.examine")  # the tests' own list, run anew

OPERATORS = """x + y, x - y, x * y, x / y, x ** y, x % y, x // y, x @ y, -x, abs(x), x > y, x >= y, x < y, x <= y,
x & y, x | y, ~x, x[i]"""
METHODS = """x.sum(), x.mean(), x.max(), x.min(), x.prod(), x.var(), x.std(), x.cumsum(), x.argmax(), x.argmin(),
x.clip(0, 1), x.reshape(4), x.ravel(), x.squeeze(), x.transpose(), x.T, x.swapaxes(0, 1), x.repeat(2),
x.astype(np.float32), x.copy(), x.exp(), x.log(), x.sqrt(), x.tanh(), x.sigmoid(), x.relu(), x.dot(y)"""


CHAPTERS = (*te.ops.CHAPTERS, special_functions, te.scipy.linalg)
"""The chapters of the table; the last two are SciPy's, which are loaded late."""

# ---- the table of operations -------------------------------------------------------------------------


def ops_page() -> str:
    """`ops.md`: every row of the table, chapter by chapter, and the NumPy functions written with rows."""
    written = spellings()
    special = conventions(written)
    lines = [INTRODUCTION.format(rows=sum(len(rows_of(module)) for module in (*CHAPTERS, kinds)))]
    for chapter in CHAPTERS:
        title = (chapter.__doc__ or "").partition("\n")[0].removeprefix("The chapter of ").partition(":")[0]
        lines += [
            f"## {title[0].upper() + title[1:].rstrip('.')}",
            "",
            f"In `{'/'.join(chapter.__name__.split('.')[1:])}.py`.",
            "",
        ]
        lines += table(rows_of(chapter), written, special)
    lines += ["## Broadcasting", "", "In `kinds.py`. The engine itself uses it; see"]
    lines += ["[how it works](how-it-works.md#broadcasting-is-undone-in-one-place).", ""]
    lines += table(rows_of(kinds), written, special)
    lines += [FUNCTIONS, *functions_table(special), ""]
    lines += [QUESTIONS, listed(f for f in composed() if asks(f)), ""]
    return "\n".join(lines)


def rows_of(module: Any) -> list[Op]:
    """The rows that a chapter defines (not those that it imports), in the order of its source."""
    source = ast.parse(inspect.getsource(module)).body
    targets = [s.targets[0] if isinstance(s, ast.Assign) else s.target for s in source
               if isinstance(s, ast.Assign | ast.AnnAssign)]  # fmt: skip
    found = [vars(module)[t.id] for t in targets if isinstance(t, ast.Name) and t.id in vars(module)]
    return [op for op in found if isinstance(op, Op)]


def table(ops: list[Op], written: dict[str, list[str]], special: dict[str, list[str]]) -> list[str]:
    """The rows as a Markdown table."""
    lines = ["| row | written | computes | local derivative | kind | settings | at special points |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for op in ops:
        cells = [
            f"`{op.name}`", codes(written.get(op.name, [])), op.doc, local(op), kind(op),
            codes(settings(op)), "<br>".join(special.get(op.name, [])),
        ]  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*lines, ""]


def spellings() -> dict[str, list[str]]:
    """How each row is written: NumPy's function, Python's operator, the method, our own function.

    Operators and methods are tried out: the record tells which row they mean."""
    found: dict[str, list[str]] = {}
    for name in OPS:
        found[name] = [spelled(f) for f in BY_NUMPY if named(f) == name and spelled(f).startswith("np.")]
    x, y = Value(np.full((2, 2), 0.5)), Value(np.full((2, 2), 2.0))
    for text in re.split(r",\s(?![01])", OPERATORS + ", " + METHODS):
        masks = text in ("x & y", "x | y", "~x")
        out = eval(text, {"np": np, "x": x > 0 if masks else x, "y": y > 0 if masks else y, "i": 0})
        found[out.op.name].append(re.sub(r"\(.+\)", "(…)", text) if text.startswith("x.") else text)
    for module, prefix in ((te, "te"), (nn, "te.nn")):
        for name in module.__all__:
            thing = getattr(module, name)
            if isinstance(thing, Op) and f"te.{name}" not in found[thing.name]:
                found[thing.name].append(f"{prefix}.{name}")
    return found


def named(function: Any) -> str:
    """The name of a NumPy function."""
    return getattr(function, "__name__", "")


def kind(op: Op) -> str:
    """Where the row's tangent rule comes from; see `kinds`."""
    if op.constant:
        return "no derivative"
    tangent_is_itself = not op.broadcasts and op.jvps[0].__qualname__.startswith("linear.")
    word = "elementwise" if op.broadcasts else "linear" if tangent_is_itself else "general"
    return word + ", selects" * op.selects


def local(op: Op) -> str:
    """The local derivatives as text, one an input."""
    return "<br>".join(f"∂/∂{name} = {formula_text(text)}" for name, text in zip("xyz", op.local, strict=False) if text)


def settings(op: Op) -> list[str]:
    """The settings of a row with their defaults: what it takes beside its data."""
    if isinstance(op.forward, np.ufunc):
        return []
    parameters = list(inspect.signature(op.forward).parameters.values())
    kinds_of = {p.kind for p in parameters}
    if inspect.Parameter.VAR_KEYWORD in kinds_of:  # a rearrangement takes what NumPy's function takes
        numpys = getattr(np, op.name, None)  # SciPy's ufuncs tell nothing
        parameters = [] if numpys is None else list(inspect.signature(numpys).parameters.values())[1:]
    elif inspect.Parameter.VAR_POSITIONAL in kinds_of:
        parameters = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    else:
        parameters = parameters[len(op.vjps) :]
    return [p.name if p.default is p.empty else f"{p.name}={p.default}" for p in parameters]


def conventions(written: dict[str, list[str]]) -> dict[str, list[str]]:
    """What the page of conventions says of each row: places and the gradients there."""
    found: dict[str, list[str]] = {}
    for line in (HERE / "conventions.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) in (5, 7) and cells[2].startswith("`"):
            name, formula, place, _, gradient, *_ = cells
            shown = f"{place} → {gradient}"
            spelling = written.get(name, [])
            plain = formula.strip("`").removesuffix("(x)").removesuffix("(x, y)") in spelling
            found.setdefault(name, []).append(shown if plain else f"{formula}: {shown}")
    return found


def composed() -> list[Any]:
    """The NumPy functions that are understood without being rows."""
    return [f for f in BY_NUMPY if named(f) not in OPS and spelled(f).startswith("np.")]


def asks(function: Any) -> bool:
    """Whether a function answers a question about an array with a plain value."""
    return getattr(BY_NUMPY[function], "__qualname__", "").startswith("asking.")


RIVALS = ("autograd", "mygrad", "jax", "torch")


def functions_table(special: dict[str, list[str]]) -> list[str]:
    """Every function of the coverage list, and every other that is understood, as a Markdown table."""
    lines = ["| function | taken | refused | checked | at special points | without it |", "|---|---|---|---|---|---|"]
    counted = coverage.FUNCTIONS
    for name, about in counted.items():
        lacking = [r for r in RIVALS if about[r] != "y"]
        f = function_named(name)
        taken, refused = keywords(f)
        cells = [
            f"`{shown_name(name)}`", codes(taken), codes(refused), checked(name),
            "<br>".join(special.get(named(f), []) if f is not None else []), ", ".join(lacking) or "–",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    others = {f for f in composed() if not asks(f)} - {function_named(name) for name in counted}
    return [*lines, "", "Not on that list, and differentiated: " + listed(others)]


def checked(name: str) -> str:
    """How far the derivatives of a function are checked."""
    outcome = coverage.examine(name).status
    orders = {"zero-grad": "0", "leaves": "value"}.get(coverage.FUNCTIONS[name]["kind"], "2nd")
    return {"right": orders, "absent": orders}.get(outcome, outcome)


def function_named(name: str) -> Any:
    """The function of a name of the coverage list; None for a notation such as `x[i]`."""
    found: Any = {"numpy": np, "special": scipy.special}.get(name.partition(".")[0])
    for part in name.split(".")[1:]:
        found = getattr(found, part, None)
    return found


def keywords(f: Any) -> tuple[list[str], list[str]]:
    """The arguments of a function, beside its first, that are taken and that are refused."""
    if f in KEYWORDS:
        taken, refused = KEYWORDS[f]
        return list(taken[1:]), list(refused)
    if f not in BY_NUMPY or isinstance(f, np.ufunc):
        return [], []
    parameters = inspect.signature(BY_NUMPY[f]).parameters.values()
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)][1:], []


def shown_name(name: str) -> str:
    """The name of the coverage list as users write it."""
    if name in ("numpy.iteration", "numpy.row_stack"):  # no function, and one that newer NumPy has not
        return {"numpy.iteration": "for row in x", "numpy.row_stack": "np.row_stack"}[name]
    return name.replace("numpy.", "np.", 1) if function_named(name) is not None else name.removeprefix("numpy.")


def listed(functions: Any) -> str:
    """The functions as code, with commas."""
    return codes(sorted(map(spelled, functions))) + "."


def codes(words: list[str]) -> str:
    """Words as code, with commas."""
    return ", ".join(f"`{word}`" for word in words)


INTRODUCTION = """\
# The table of operations

*This page is written by `python docs/build.py` from the table itself. Do not edit it.*

Each of the {rows} rows is one operation. A row holds how to compute it and how to differentiate it; NumPy's
spelling, higher derivatives, forward mode and pictures follow from that. How: [how-it-works.md](how-it-works.md).

- *written*: how it is spelled, with `x` and `y` Values. Rows without a spelling serve other rows.
- *local derivative*: as a formula in the inputs `x`, `y` and the result `out`. It is left out where it
  depends on the case, or is a whole matrix.
- *kind*: an *elementwise* row acts on each element alone, and its inputs broadcast. A *linear* row is its own
  derivative. For a *general* row, forward mode is derived from the gradient rule. A row that *selects* passes
  some elements on and drops others; see [A branch that was not taken](conventions.md#a-branch-that-was-not-taken).
- *settings*: what it takes beside its data, with the default. They mean what they mean in NumPy.
- *at special points*: the gradient at kinks and ties, from [conventions.md](conventions.md).
"""

FUNCTIONS = """\
## NumPy's and SciPy's functions, one by one

What is not a row is made of rows, in `bridge/` and `scipy/`. Nothing is ignored: an argument is *taken*, and right in
value and derivative, or *refused* by name if it is not at its default. A ufunc takes `where=` and `dtype=` too, and
refuses `out=`, `casting=`, `order=`, `subok=` and `signature=`.

- *checked*: the highest order of the derivative that `tests/numpy_coverage` checks, in reverse and in forward mode:
  by slopes measured with `testing`, to 1e-6 where they can be measured so well; and the two modes
  against each other to 1e-9. "0" is a function whose derivative is zero, "value" one that leaves the record on
  purpose, "refused" one that says so and what to do instead.
- *at special points*: as above.
- *without it*: which of HIPS autograd 1.9, MyGrad 2.5, JAX and PyTorch do not differentiate it, as tried in 2026
  ("–" if all do).
"""

QUESTIONS = """\
## Questions about an array

These answer with plain values, outside the record:
"""


# ---- figures -----------------------------------------------------------------------------------------


def figures() -> dict[str, str]:
    """The figures by their file names, as SVG."""
    return {"neuron.svg": te.draw(neuron()).svg, "reuse.svg": te.draw(reuse()).svg}


def neuron() -> Value:
    """The neuron of `how-it-works.md`, after its backward pass."""
    x1, x2 = Value(1.5, label="x1"), Value(2.0, label="x2")
    w1, w2 = Value(0.8, label="w1", role="parameter"), Value(-0.4, label="w2", role="parameter")
    b = Value(0.1, label="b", role="parameter")
    n = w1 * x1 + w2 * x2 + b
    n.label = "n"
    o = np.tanh(n)
    o.label = "o"
    o.backward()
    return o


def reuse() -> Value:
    """Two doublings: four paths from `c` to `a`."""
    a = Value(3.0, label="a")
    b = a + a
    b.label = "b"
    c = b + b
    c.label = "c"
    c.backward()
    return c


def main() -> None:
    """Write what is generated."""
    (HERE / "ops.md").write_text(ops_page(), encoding="utf-8", newline="\n")
    (HERE / "figures").mkdir(exist_ok=True)
    for name, svg in figures().items():
        (HERE / "figures" / name).write_text(svg, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
