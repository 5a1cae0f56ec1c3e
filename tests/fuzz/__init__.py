"""Damaged input, by the thousand: every object and every answer is derived from a number, so that each run is the same.

`make fuzz` runs all of it and prints a table; `make test` a share. `CALBRIDGE_FUZZ` is how many objects a run takes.
"""
