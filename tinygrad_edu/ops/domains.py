"""Where a row may be tested: for each input the interval its elements are drawn from."""

POSITIVE = (0.125, 4.0)
AWAY_FROM_ZERO = (0.25, 4.0)
ABOVE_ONE = (1.125, 4.0)
INSIDE_ONE = (-0.875, 0.875)
MODERATE = (-2.0, 2.0)
