"""Programs of single numbers: the same operation on many numbers becomes one NumPy call.

All numbers lie in one array.  Operations whose inputs are ready at the same depth, and that are the same,
are done together on gathered operands; a chain of sums is one sum, in the order of the chain, so its
rounding is the chain's.  `with_groups` decides by estimated times whether that beats one line a number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .passes import frozen, is_draw
from .program import Groups, Instruction, Live, Program, Stage, Step, Update, Variable

CALLS = 100
"""How often a program is expected to run, when the time of making it is weighed against that of running it."""

LINE, LINE_RUN = 25e-6, 40e-9
"""Seconds to compile a line of Python that computes one number, and to run it."""

GROUPED, STAGE_RUN, NUMBER_RUN = 6e-6, 5e-6, 12e-9
"""Seconds to group one number, to run a stage, and to compute one number in it."""

LEAST = 100
"""Programs with fewer operations on single numbers are left as they are."""


@dataclass(slots=True)
class Fold:
    """A chain of sums: the terms in the order in which they are added."""

    terms: list[Variable]
    out: Variable


def with_groups(program: Program) -> Program:
    """The program with its operations on single numbers in groups, if that is estimated to be faster."""
    if sum(map(groupable, program.instructions())) < LEAST:
        return program
    before, inside, after = parted(program)
    stages = list(staged(inside, program))
    n = len(inside)
    straight = n * (LINE + CALLS * LINE_RUN)
    together = n * (GROUPED + CALLS * NUMBER_RUN) + CALLS * len(stages) * STAGE_RUN
    chosen = "in groups" if together < straight else "line by line"
    program.notes.append(
        f"{n:,} operations on single numbers in {len(stages):,} stages, {chosen}: making the program and {CALLS} calls "
        f"are estimated at {together:.2g} s in groups and {straight:.2g} s line by line"
    )
    if together >= straight:
        return program
    return program.with_steps([*before, packed(stages, inside), *after])


def groupable(step: Instruction) -> bool:
    """Whether a step computes one number from numbers, as its row computes arrays element by element."""
    if not step.op.broadcasts or step.out.kind.type not in (float, bool) or is_draw(step.op):
        return False
    chooses = step.op.name == "where"
    return all(is_float(x) or (chooses and i == 0 and x.kind.type is bool) for i, x in enumerate(step.inputs))


def is_float(x: Variable) -> bool:
    """Whether a variable is a float, or a whole number that is written in the code."""
    return x.kind.type is float or (x.kind.type is int and x.constant)


def parted(program: Program) -> tuple[list[Step], list[Instruction], list[Step]]:
    """The steps in three: those before the groups, those in groups, and those that need what the groups find."""
    BEFORE, INSIDE, AFTER = range(3)
    when: dict[Variable, int] = {}
    parts: tuple[list[Any], list[Any], list[Any]] = [], [], []
    for step in program.steps:
        inputs = [x for x in step.inputs if x is not None]
        time = max((when.get(x, AFTER if updated(x) else BEFORE) for x in inputs), default=BEFORE)
        if isinstance(step, Instruction) and groupable(step) and time < AFTER:
            time = INSIDE
        elif time == INSIDE or isinstance(step, Update):
            time = AFTER
        if isinstance(step, Instruction):
            when[step.out] = time
        parts[time].append(step)
    return parts


def updated(x: Variable) -> bool:
    """Whether a variable is read after an update of the program."""
    return isinstance(x.origin, Live) and x.origin.updates > 0


# ---- stages ------------------------------------------------------------------------------------------


def staged(steps: list[Instruction], program: Program) -> Iterator[tuple[Hashable, list[Any]]]:
    """What is done together, in order: the same operation at the same depth."""
    depth: dict[Variable, int] = {}
    groups: dict[Any, list[Any]] = defaultdict(list)
    for item in folded(steps, program):
        terms = operands_of(item)
        level = 1 + max([depth.get(x, 0) for x in terms], default=0)
        depth[item.out] = level
        groups[level, *sameness(item)].append(item)
    yield from sorted(groups.items(), key=lambda group: group[0][0])


def sameness(item: Fold | Instruction) -> tuple[Hashable, ...]:
    """What two steps must have in common to be done together."""
    if isinstance(item, Fold):
        return "fold", len(item.terms)
    whole = tuple(x.origin.data if x.kind.type is int else None for x in item.inputs)  # type: ignore[union-attr]
    return id(item.op), frozen(item.params) if item.params else (), whole


def folded(steps: list[Instruction], program: Program) -> Iterator[Fold | Instruction]:
    """The steps, with each chain of sums whose parts nobody else uses as one."""
    uses = Counter(x for step in program.steps for x in step.inputs)
    uses.update(program.wanted())
    terms: dict[Variable, list[Variable]] = {}  # the sums that may go on, and what they are sums of
    ends: dict[Variable, Instruction] = {}
    followed: set[Variable] = set()
    sums = [s for s in steps if s.op.name == "add"]
    for step in sums:
        x, y = step.inputs
        if x not in terms or uses[x] > 1:
            x, y = (y, x) if y in terms and uses[y] == 1 else (x, y)
        chain = terms.pop(x) if x in terms and uses[x] == 1 else [x]
        if len(chain) > 1:
            followed.add(x)
        chain.append(y)
        terms[step.out], ends[step.out] = chain, step
    for step in steps:
        if step.out in followed:
            continue
        if step.out in ends and len(terms[step.out]) > 2:
            yield Fold(terms[step.out], step.out)
        else:
            yield step


# ---- one array ---------------------------------------------------------------------------------------


def packed(stages: list[tuple[Any, list[Any]]], inside: list[Instruction]) -> Groups:
    """The stages with a place in one array for every number."""
    made = {step.out for step in inside}
    sources = dict.fromkeys(
        x for _, items in stages for item in items for x in operands_of(item)
        if x not in made and (x.kind.type is not int or type(item) is Fold)
    )  # fmt: skip
    given = sorted((x for x in sources if not x.constant), key=lambda x: type(x.origin) is not Live)
    constants = [x for x in sources if x.constant]
    place = {x: i for i, x in enumerate((*given, *constants))}
    numbers = np.array([x.origin.data for x in constants], float)
    groups = Groups((*given,), given, numbers, place, [])
    for _, items in stages:
        start = len(place)
        place.update((item.out, start + i) for i, item in enumerate(items))
        groups.stages.append(stage_of(items, place, start))
    groups.size = len(place)
    return groups


def operands_of(item: Fold | Instruction) -> Any:
    """The variables that a step reads."""
    return item.terms if isinstance(item, Fold) else item.inputs


def stage_of(items: list[Any], place: dict[Variable, int], start: int) -> Stage:
    """One stage: where its operands lie, and where its results go."""
    first, stop = items[0], start + len(items)
    if type(first) is Fold:
        index = np.array([[place[x] for x in item.terms] for item in items]).T
        return Stage(None, [np.ascontiguousarray(index)], {}, start, stop)
    operands = [
        x.origin.data if x.kind.type is int else located([place[item.inputs[i]] for item in items])
        for i, x in enumerate(first.inputs)
    ]
    return Stage(first.op, operands, first.params, start, stop)


def located(places: list[int]) -> Any:
    """Places as a slice if they are neighbours, as one place if they are all the same, else as an index."""
    index = np.array(places)
    if index[0] == index[-1] and (index == index[0]).all():
        return slice(places[0], places[0] + 1)
    if index[-1] - index[0] == len(places) - 1 and (np.diff(index) == 1).all():
        return slice(places[0], places[-1] + 1)
    return index
