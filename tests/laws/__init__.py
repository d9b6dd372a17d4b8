"""Laws of differentiation as functions, and how each operation is called that they are tried on.

`areas` say how each operation is called (with the tools in `calls`), `registry` gathers what they say, and
`rules` states the laws: each takes a call and raises AssertionError if it is broken.  Numbers, arrays and
whole programs are drawn by `tinygrad_edu.testing`.  Nothing here knows how the engine works inside.
"""

from hypothesis import settings

FEW = settings(max_examples=max(3, settings().max_examples // 4))
"""For laws that hardly depend on what is drawn."""
