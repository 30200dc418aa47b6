"""The lake's fixtures: the loop is tested against a real one."""

from ..lake.conftest import contract, lake, settings, the_writer, urls, writer

__all__ = ["contract", "lake", "settings", "the_writer", "urls", "writer"]
