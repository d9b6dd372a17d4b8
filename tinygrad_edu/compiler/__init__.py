"""Compiling: a function is traced once, made into a program, and replayed."""

from .compiled import Compiled, compile

__all__ = ["Compiled", "compile"]
