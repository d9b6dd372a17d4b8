"""What SciPy has under the same names, for Values: SciPy's own functions are not handed to a Value's class.

`special`, `stats`, `linalg`, `signal` and `integrate` hold what is named in the documentation; the ufuncs
of `scipy.special` itself work on Values as they are.  SciPy is needed: `pip install tinygrad_edu[scipy]`.
"""

try:
    import scipy as _scipy  # noqa: F401
except ImportError as error:
    raise ImportError("tinygrad_edu.scipy needs SciPy; install it with `pip install tinygrad_edu[scipy]`") from error

from . import integrate, linalg, signal, special, stats

__all__ = ["integrate", "linalg", "signal", "special", "stats"]
