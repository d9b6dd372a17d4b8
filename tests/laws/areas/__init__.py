"""How to call what there is, one module an area: whoever adds operations adds to one of these, or a module.

`laws.registry` finds every module here and gathers the tables that it has.  All are optional:

- `ROWS`: for a row's name the strategy of its calls, a function of the row.  Rows that act on elements
  need none; what is special about them is said in `DOMAINS` (the interval of each input),
  `ELEMENTWISE_ORACLES` (the definition, where NumPy has no function of that name), `SETTINGS` (a strategy
  of its keywords) and `OFF_THE_KINK` (a set of names: their first input is moved off zero and off ties).
- `OUR_OWN`: a set of names of rows that are not functions of NumPy's, or are called otherwise there.
- `SEVERAL`: a set of names of rows with several results, `HIDES_DATA` of rows whose calls hide some of their
  data, `NO_HALF` of rows that NumPy does not compute in float16.
- `WRITTEN`: for a function of NumPy's that is written with rows the strategy of its calls.
- `PLAIN`: a function of NumPy's that makes plain arrays even of `like=`, and its arguments.
- `METHODS`: for a method's name the arguments to try: tuples by position, dictionaries by keyword.
- `NEEDED`: for a function of NumPy's the data and what else must be given, to try its keywords on.
- `UNSIGNED`: its keywords, where `inspect` cannot read them, or reads `*args`.
- `CANDIDATES`: for a keyword the values to try.  Several areas may give values for the same one.
"""
