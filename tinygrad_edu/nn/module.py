"""A `Module` is a tree of parameters with a `forward`.

Whatever is assigned to an attribute belongs to the tree: a leaf Value is a parameter, a NumPy array
is a buffer (a constant that is saved too), a Module is a branch, and lists, tuples and dicts of
these are walked.  Nothing needs to be registered.  There are no hooks, devices or lazy shapes here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from ..births import new_birth
from ..engine import Value
from ..graph import marked
from ..kinds import shape_of
from ..notation import LOOK
from ..state import State, as_array, matched
from ..tracing import refuse_while_tracing
from ..trees import leaves, rebuilt

NOTHING: Mapping[str, Any] = MappingProxyType({})
SYNAPSES = ("weight", "w")  # attributes that hold synapses even if they are not matrices
SHOWN = 6  # parameters that the repr lists of one module


def parameter(data: Any, label: str | None = None) -> Value:
    """A leaf Value to be learnt.  Without a label it is named after its place in the module.

    >>> parameter([1.0, 2.0], "gain").role
    'parameter'

    Raises TypeError for data that are not real numbers.
    """
    return Value(data, label=label, role="parameter")


class Module:
    """Base class of layers and models: assign parameters and modules, write `forward`, call it.

    >>> class Scale(Module):
    ...     def __init__(self, n):
    ...         self.gain = parameter(np.ones(n))
    ...     def forward(self, x):
    ...         return x * self.gain
    >>> layer = Scale(3)
    >>> layer(np.array([1.0, 2.0, 3.0])).sum().backward()
    >>> layer.gain.grad.tolist()
    [1.0, 2.0, 3.0]
    >>> layer
    Scale (gain 3): 3 parameters = 0 synapses + 3 biases
    """

    training: bool = True
    """Whether the module is being trained, for layers that act differently then; see `train`."""

    _place: str = ""  # its dotted name in the module that it was first assigned to
    _frozen: Mapping[str, Any] = NOTHING  # attribute -> what it was before `freeze`

    # ---- running ----------------------------------------------------------------------------------

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; every subclass writes its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward; write `def forward(self, x): ...` in it")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run `forward`; in pictures its operations are grouped under the module's name."""
        start = new_birth()
        return marked(self.forward(*args, **kwargs), self._place or type(self).__name__, start)

    # ---- the tree ---------------------------------------------------------------------------------

    def __setattr__(self, name: str, thing: Any) -> None:
        if isinstance(thing, Value | Module | list | tuple | dict):
            parts = list(walk(thing, name, inside=self))
            for place, part in parts:
                name_after(place, part)
        super().__setattr__(name, thing)
        if name in self._frozen:
            self._frozen = {k: v for k, v in self._frozen.items() if k != name}

    def modules(self) -> Iterator[tuple[str, Module]]:
        """Every module of the tree with its dotted name, this one first, as `("", self)`."""
        return ((name, part) for name, part in walk(self) if isinstance(part, Module))

    def parameters(self) -> list[Value]:
        """The Values to be learnt, each once, in the order in which they were assigned."""
        return [p for _, p in self.named_parameters()]

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """The parameters with their dotted names, such as `layers.0.weight`; not the frozen ones."""
        return ((name, part) for name, part in walk(self, thawed=False) if type(part) is Value)

    def named_buffers(self) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
        """The constant arrays with their dotted names."""
        return ((name, part) for name, part in walk(self) if isinstance(part, np.ndarray))

    def _values(self) -> Iterator[tuple[str, Value]]:
        """All parameters, frozen or not."""
        return ((name, part) for name, part in walk(self) if type(part) is Value)

    def parameter_count(self) -> int:
        """How many numbers the parameters hold, frozen ones included."""
        return sum(p.size for _, p in self._values())

    # ---- states of the whole tree -----------------------------------------------------------------

    def train(self, training: bool = True) -> Self:
        """Set `training` in the whole tree.  Returns the module."""
        for _, module in self.modules():
            module.training = training
        return self

    def eval(self) -> Self:
        """Set `training` to False in the whole tree.  Returns the module."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget all gradients: `.grad` is None, "not computed", until the next backward pass."""
        for _, p in self._values():
            p.grad = None

    def freeze(self) -> Self:
        """Turn every parameter of the tree into a constant, so that no gradient is computed for it.

        The attributes then hold plain arrays and floats.  They stay in `state_dict`, and `unfreeze`
        brings the same Values back.  Returns the module.

        >>> class Scale(Module):
        ...     def __init__(self):
        ...         self.gain = parameter(2.0)
        >>> Scale().freeze().gain
        2.0
        """
        refuse_while_tracing("freeze()", "freeze the module before the function is called")
        for _, module in list(self.modules()):
            held = {k: v for k, v in vars(module).items() if k not in OWN and any(map(is_parameter, leaves(v)))}
            module._frozen = {**module._frozen, **held}
            module._hide()
        return self

    def unfreeze(self) -> Self:
        """Undo `freeze`, here and below.  Returns the module."""
        for _, module in list(self.modules()):
            held, module._frozen = module._frozen, NOTHING
            for name, thing in held.items():
                if name in vars(module):
                    setattr(module, name, thing)
        return self

    def _hide(self) -> None:
        """Let the frozen attributes show the bare data of their Values."""
        for name, thing in self._frozen.items():
            if name in vars(self):
                bare = [constant(part._data) if is_parameter(part) else part for part in leaves(thing)]
                vars(self)[name] = rebuilt(thing, bare)

    # ---- saving and loading -----------------------------------------------------------------------

    def state_dict(self) -> State:
        """Copies of all parameters and buffers by their dotted names; a float has shape ().

        Raises ValueError if two of them have the same name."""
        refuse_while_tracing("state_dict()", LOOK)
        state: State = {}
        for name, part in walk(self):
            if not isinstance(part, Module):
                if name in state:
                    raise ValueError(f"two parameters or buffers are named {name!r}; rename a dictionary key")
                state[name] = as_array(part)
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> Self:
        """Take over all numbers of `state`, or none: dotted names to arrays, as from `state_dict`.

        Arrays are converted to the dtype of their parameter.  Parameters must be finite; a buffer
        may hold infinities, as masks do.  Returns the module.

        Raises ValueError that lists every missing or unknown name, wrong shape or kind, non-finite
        number and read-only buffer, before anything was changed; TypeError if `state` is no mapping.
        """
        buffers = dict(self.named_buffers())
        found = matched(self.state_dict(), state, title(self), infinite=buffers)
        if fixed := [name for name, buffer in buffers.items() if not buffer.flags.writeable]:
            raise ValueError(f"buffers of {title(self)} are read-only: {', '.join(fixed)}; nothing was changed")
        for name, value in self._values():
            value.data = found[name]
        for name, buffer in buffers.items():
            buffer[...] = found[name]
        for _, module in self.modules():
            module._hide()
        return self

    # ---- in words ---------------------------------------------------------------------------------

    def describe(self) -> str:
        """The module in a few words, such as `Linear 64→10`: the start of its line in the repr."""
        return type(self).__name__

    def __repr__(self) -> str:
        first, *others = outline(self)
        return "\n".join([f"{first}: {counts(self)}", *others])


OWN = ("_frozen",)  # attributes that are not part of the tree


def is_parameter(thing: Any) -> bool:
    """Whether `thing` is a leaf Value.  A result that a module keeps is not a parameter."""
    return type(thing) is Value and thing.op is None


def constant(data: Any) -> Any:
    """A parameter's number as a constant: arrays can be read but not changed."""
    if not isinstance(data, np.ndarray):
        return data
    view = data.view()
    view.flags.writeable = False
    return view


def below(part: Any, thawed: bool) -> list[tuple[str, Any]]:
    """The named parts of a module or a container."""
    if isinstance(part, Module):
        frozen = part._frozen if thawed else NOTHING
        return [(k, frozen.get(k, v)) for k, v in vars(part).items() if k not in OWN]
    if isinstance(part, dict):
        return [(str(k), v) for k, v in part.items()]
    return [(str(i), v) for i, v in enumerate(part)] if isinstance(part, list | tuple) else []


def walk(root: Any, name: str = "", *, inside: Module | None = None, thawed: bool = True) -> Iterator[tuple[str, Any]]:
    """Every module, parameter and buffer in `root` with its dotted name: depth first, in the order
    of assignment, each once even if it is shared.

    With `thawed`, frozen parameters are met as the Values that they were, else as bare data.

    Raises ValueError where something contains itself, or the module that it is going to be `inside`."""
    seen: set[int] = set()
    around = set() if inside is None else {id(inside)}  # what encloses the part at hand
    stack: list[tuple[str, Any, bool]] = [(name, root, False)]
    while stack:
        name, part, leaving = stack.pop()
        if leaving:
            around.remove(id(part))
            continue
        if id(part) in around:
            raise ValueError(f"a {type(part).__name__} contains itself, at {name!r}; modules must form a tree")
        belongs = isinstance(part, Module | np.ndarray) or is_parameter(part)
        parts = below(part, thawed)
        if id(part) in seen or not (belongs or parts):
            continue
        seen.add(id(part))
        if belongs:
            yield name, part
        if parts:
            around.add(id(part))
            stack.append((name, part, True))
            prefix = f"{name}." if name else ""
            stack.extend((prefix + key, child, False) for key, child in reversed(parts))


def name_after(place: str, part: Any) -> None:
    """Let a parameter without a label of its own, or a module, be called after its place.

    A label that came from here grows with the tree: `weight`, then `layers.0.weight`."""
    if isinstance(part, Module):
        part._place = part._place or place
    elif type(part) is Value:
        notes = part.notes or {}
        known = notes.get("place")
        if notes.get("label") == known and (known is None or place.endswith(f".{known}")):
            part.notes = {**notes, "label": place, "place": place, "role": "parameter"}


# ---- in words ----------------------------------------------------------------------------------------


def title(thing: Any) -> str:
    """A layer in a few words: a module's own description, or the name of a function."""
    if isinstance(thing, Module):
        return thing.describe()
    return str(getattr(thing, "name", None) or getattr(thing, "__name__", type(thing).__name__))


def size_text(shape: tuple[int, ...]) -> str:
    """`64×10`, or `number`."""
    return "×".join(map(str, shape)) or "number"


def outline(root: Module) -> Iterator[str]:
    """One line a module: its name, its description and the parameters that it holds itself."""
    live = {id(p) for p in root.parameters()}
    modules = dict(root.modules())
    held: dict[str, list[str]] = {name: [] for name in modules}
    for name, part in walk(root):
        if not isinstance(part, Module):
            owner = owner_of(name, modules)
            kind = "" if id(part) in live else " frozen" if type(part) is Value else " buffer"
            held[owner].append(f"{name.removeprefix(f'{owner}.')} {size_text(shape_of(part))}{kind}")
    depth = {"": 0}
    for name, module in modules.items():
        if name:
            depth[name] = depth[owner_of(name, modules)] + 1
        parts = held[name][:SHOWN] + [f"and {len(held[name]) - SHOWN} more"] * (len(held[name]) > SHOWN)
        named = f"{name}: " if name else ""
        yield "  " * depth[name] + named + title(module) + (f" ({', '.join(parts)})" if parts else "")


def owner_of(name: str, modules: Mapping[str, Module]) -> str:
    """The name of the innermost module around what is called `name`."""
    while name:
        name = name.rpartition(".")[0]
        if name in modules:
            break
    return name


def counts(module: Module) -> str:
    """`8,970 parameters = 8,832 synapses + 138 biases`: the numbers in weights, and the others."""
    synapses = sum(p.size for name, p in module._values() if is_synapse(name, p))
    whole = module.parameter_count()
    return f"{whole:,} parameters = {synapses:,} synapses + {whole - synapses:,} biases"


def is_synapse(name: str, p: Value) -> bool:
    """Whether a parameter connects two neurons: it is a matrix, or named as a weight."""
    attribute = next((part for part in reversed(name.split(".")) if not part.isdigit()), "")
    return p.ndim >= 2 or attribute in SYNAPSES
