"""The lake's fixtures: evidence is about what rests in a real one."""

from ..lake.conftest import contract, lake, settings, the_writer, urls, writer

__all__ = ["contract", "lake", "settings", "the_writer", "urls", "writer"]
