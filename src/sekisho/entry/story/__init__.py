"""The story: one attack on one customer's line, from the first packet to the contractor's portal.

A person can follow it line by line; every figure it ends with is measured, none is set. The people in
it act through the same actions that a click in the console calls.
"""
