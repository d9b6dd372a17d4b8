"""One training step of a network of full layers in several engines, a module each.

`make(problem, …)` of each module makes the step; `contest` lists the engines and lets them compete.
"""
