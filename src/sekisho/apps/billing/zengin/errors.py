"""The one error of this package: the file as a whole is nothing that can be read."""

from __future__ import annotations

from sekisho.terms.words import Words


class ZenginError(ValueError):
    """Ask for another file. ``code`` is stable, ``words`` say to a person what is wrong with this one."""

    def __init__(self, code: str, words: Words) -> None:
        super().__init__(f"{code}: {words.en}")
        self.code = code
        self.words = words


class FieldError(ValueError):
    """One field of one record; caught by the reader, which makes a ``Problem`` with the line of it."""

    def __init__(self, code: str, words: Words) -> None:
        super().__init__(code)
        self.code = code
        self.words = words
