"""The command line: `python -m tinygrad_edu demo`, `train` and `draw`.

`main` turns words into an exit code: 0, 2 for a mistake of the user's, told in one line, and 130
for Ctrl-C.  A command checks everything it can before it works, and no file appears or changes
before all of them are written (`output`).  Training itself is in `tinygrad_edu.training`.
"""
