"""How often checkers of gradients are right: false alarms and misses, ours beside those of other engines.

`python -m benchmarks.checkers` hands the specimens of `tinygrad_edu.testing.specimens` to every checker, at
the same points.  Each checker is used as its documentation says, with its own defaults.
"""
