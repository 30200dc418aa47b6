"""The application catalogue, as inspected traffic asks it."""

from sekisho_edge.applications import Application, CatalogueError, read_catalogue

__all__ = ["Application", "CatalogueError", "read_catalogue"]
