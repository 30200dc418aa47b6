"""The REST API, version 1: what integrators and contractors' own systems call.

A request goes: ``door`` finds the operation, ``callers`` says who calls, ``reading`` checks what was sent, the
operation's function asks the apps, ``answers`` writes what comes back. ``catalogue`` lists every operation; the
addresses, the OpenAPI document and the reference page are all made from it.

Errors: whatever can't be answered is a ``problems.Problem`` (or the apps' ``Refused``) and leaves as
``application/problem+json``. Nothing else is raised on purpose; what is raised all the same is logged and is a 500.
"""
