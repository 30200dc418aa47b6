"""What the platform and an edge say to each other. Standard library and msgspec only.

Both ``sekisho`` and ``sekisho_edge`` import this package and never each other, so whatever
crosses the wire is spelled out here, once, with its version.
"""
