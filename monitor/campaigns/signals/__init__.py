"""Signals of coordination, a module each: a value in [0, 1] and the figures behind it."""
