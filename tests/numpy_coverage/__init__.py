"""Which of NumPy's and SciPy's functions are differentiated, counted by running each."""
