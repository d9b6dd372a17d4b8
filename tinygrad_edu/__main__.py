"""`python -m tinygrad_edu`: the command line.  Everything is in `command`."""

import sys

from .command.main import from_terminal

if __name__ == "__main__":
    sys.exit(from_terminal())
