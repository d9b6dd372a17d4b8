"""Second derivatives of a logistic regression in several engines, a module each; see `logistic`."""
