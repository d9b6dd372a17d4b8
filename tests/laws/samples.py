"""A matrix, a square one, a vector and a mask: the data on which keywords are tried."""

import numpy as np

A = np.cos(np.arange(1.0, 7.0)).reshape(2, 3)
SQUARE = np.cos(np.arange(1.0, 10.0)).reshape(3, 3)
V = np.array([0.3, -0.7, 1.1])
MASK = np.array([[True, False, True], [True, True, True]])
CUBE = np.cos(np.arange(1.0, 25.0)).reshape(3, 4, 2)
