"""The clock of the records: a number for each Value as it is made, later ones larger.

An input is born before whatever is computed from it, so age is an order in which to walk a record.
"""

from itertools import count

new_birth = count(1).__next__
