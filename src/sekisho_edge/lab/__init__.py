"""A whole customer site in network namespaces: PCs and a server behind a UTM, an Internet outside. Root only."""

from sekisho_edge.lab.lab import Lab, LabError, attached, owner_of, read_state

__all__ = ["Lab", "LabError", "attached", "owner_of", "read_state"]
