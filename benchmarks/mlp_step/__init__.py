"""One training step of the same small network in several engines, a module each; see `small_mlp`."""
