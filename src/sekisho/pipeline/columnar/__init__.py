"""Whole batches of lines straight into columns: the fast way beside the one line by line.

The loops here are compiled (numba, on first use, kept on disk) and release the interpreter's lock, so
that two threads use two cores. They know nothing that ``normalise`` does not: what becomes of which
field comes from the products' own tables. A line of which a loop can't be sure that it finds exactly
what ``normalise`` finds is *odd*: it is left to ``normalise``. Being odd is never an error, only slow.
"""
