"""Benchmarks: tinygrad_edu side by side with other engines, in one run, on one machine.

`python -m benchmarks` runs every workload; `python -m benchmarks elementwise chain` those named.  A
time on its own says little, because machines differ and drift; what counts is the ratio of two times
measured in turns.  Every workload first checks that all engines compute the same numbers.
"""
