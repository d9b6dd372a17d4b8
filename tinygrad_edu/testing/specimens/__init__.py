"""Rules whose answer is known, to put a checker to the test: `BROKEN` ones, and `CORRECT` ones that are hard.

>>> from tinygrad_edu.testing import specimens
>>> [specimen.description for specimen in specimens.BROKEN[:2]]
['The slope of cos x is said to be sin x, without the minus sign.', 'The factor 2 of x² is missing.']
"""

from __future__ import annotations

from .broken import BROKEN
from .correct import CORRECT
from .specimen import Specimen


def named(name: str) -> Specimen:
    """The specimen of that name.

    >>> named("sign").family
    'formula'

    Raises ValueError if there is none.
    """
    for specimen in (*BROKEN, *CORRECT):
        if specimen.name == name:
            return specimen
    raise ValueError(f"no specimen is called {name!r}; the names are in BROKEN and CORRECT")


__all__ = ["BROKEN", "CORRECT", "Specimen", "named"]
