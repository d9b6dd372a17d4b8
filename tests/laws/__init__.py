"""Laws of differentiation as functions, and strategies for what to try them on.

`numbers` draws floats and arrays, `areas` say how each operation is called (with the tools in `calls`),
`registry` gathers what they say, `programs` draws whole computations, and `rules` states the laws: each
takes a call and raises AssertionError if it is broken.  Nothing here knows how the engine works inside.
"""

from hypothesis import settings

FEW = settings(max_examples=max(3, settings().max_examples // 4))
"""For laws that hardly depend on what is drawn."""
