"""`check_engine`: a table of operations and laws for an engine, made in a process of its own."""
