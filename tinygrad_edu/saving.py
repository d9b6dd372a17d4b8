"""Models on disk, in safetensors files: names, shapes and numbers, and nothing that could run as code.

`save` writes the state of a model or an optimiser, or a dict of arrays; `load` reads it back, into a
model or as a dict.  A file is written whole or not at all, and the same state gives the same bytes.
Structure is not saved: to load into a model, build the model first.  There is no pickling here.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar, overload

import numpy as np

from .files import write_whole
from .state import State, as_array

try:
    import safetensors
    import safetensors.numpy
except ImportError as error:
    raise ImportError(
        "saving and loading need safetensors; install it with `pip install tinygrad_edu[checkpoint]`"
    ) from error


class Stateful(Protocol):
    """What has a state to save: a `Module` or an `Optimizer`."""

    def state_dict(self) -> State:
        """Its numbers by name."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> Any:
        """Take over all numbers, or none."""
        ...


S = TypeVar("S", bound=Stateful)


def save(path: str | os.PathLike[str], model: Stateful | Mapping[str, Any]) -> None:
    """Write the state of `model`, or a dict of arrays, numbers or Values by name, to the file `path`.

    The file is written beside its place and then moved there, so a failure leaves what was there.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save(f"{folder}/weights.safetensors", {"w": np.array([1.0, 2.0])})
    ...     load(f"{folder}/weights.safetensors")
    {'w': array([1., 2.])}

    Raises TypeError for anything else, ValueError if there is nothing to save, FileNotFoundError if
    the folder does not exist and IsADirectoryError if `path` is a folder.
    """
    if isinstance(model, Mapping):
        state: Mapping[str, Any] = model
    elif hasattr(model, "state_dict"):
        state = model.state_dict()
    else:
        raise TypeError(
            f"a {type(model).__name__} has no state to save; give a model, an optimiser or a dict of arrays"
        )
    data = safetensors.numpy.save(savable(state))
    place = Path(os.path.realpath(path))  # through a link, to the file itself
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder; give the name of a file in it", str(path))
    if not place.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder; make it first", str(place.parent))
    write_whole(path, data)


def savable(state: Mapping[str, Any]) -> State:
    """Copies of the arrays of `state`, checked, in the order of memory that the format needs."""
    if not state:
        raise ValueError("there is nothing to save: this state holds no parameters and no buffers")
    found = {}
    for name, data in state.items():
        if not isinstance(name, str) or name == "__metadata__":
            raise TypeError(f"{name!r} cannot be the name of an array; use a text, other than '__metadata__'")
        array = np.array(as_array(data), order="C")
        if array.dtype.kind not in "fbiu" or array.dtype.itemsize > 8:
            raise TypeError(f"{name} is of dtype {array.dtype}, which is not saved; give real numbers of up to 64 bits")
        found[name] = array
    return found


@overload
def load(path: str | os.PathLike[str]) -> State: ...
@overload
def load(path: str | os.PathLike[str], into: S) -> S: ...


def load(path: str | os.PathLike[str], into: Any = None) -> Any:
    """Read the file `path`: into a model or an optimiser, which is returned, or else as a dict of arrays.

    Raises FileNotFoundError or IsADirectoryError; ValueError if it is not a safetensors file, or, with
    a list of all that does not fit, if it is not a state of `into`.  Then `into` is unchanged.
    """
    if into is not None and not hasattr(into, "load_state_dict"):
        raise TypeError(f"nothing can be loaded into a {type(into).__name__}; give a model or an optimiser")
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "this is a folder; give the name of a file in it", str(path))
    if not os.path.exists(path):
        raise FileNotFoundError(errno.ENOENT, "there is no such file", str(path))
    try:
        state = safetensors.numpy.load_file(path)
    except (safetensors.SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"{os.fspath(path)} is not a safetensors file of numbers: {error}") from error
    for name, array in state.items():
        if array.dtype.kind not in "fcbiu":  # a package that adds dtypes to NumPy, such as bfloat16, is loaded
            raise ValueError(f"{os.fspath(path)} is not a safetensors file of numbers: {name} has {array.dtype}")
    if into is None:
        return state
    try:
        into.load_state_dict(state)
    except ValueError as error:
        error.add_note(f"while loading {os.fspath(path)}")
        raise
    return into
