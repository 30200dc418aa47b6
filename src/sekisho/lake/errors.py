"""The lake's errors. Each says what the caller does next.

LakeError
├── LakeUnavailable   try again later: the catalogue or the disk is away; nothing was half done
├── LakeHeld          stop: another process is the writer
├── LakeRefused       put the batch aside: its content can't be stored, trying again won't help
├── LakeDamaged       ask a person: the catalogue and the files don't agree
├── SearchTooLong     ask for less: a narrower span or filter
└── FilterError       tell the person who wrote the filter: position and reason are in it
"""

from __future__ import annotations


class LakeError(Exception):
    """The root."""


class LakeUnavailable(LakeError):
    """The catalogue or the disk is away: the same call may be made again."""


class LakeHeld(LakeError):
    """Another process holds the writer lane of this catalogue."""


class LakeRefused(LakeError):
    """What was to be appended is not of the lake's shape."""


class LakeDamaged(LakeError):
    """The catalogue and the files don't agree."""


class SearchTooLong(LakeError):
    """A query hit its time limit and was stopped."""


class FilterError(LakeError):
    """A filter can't be understood. ``at`` is the index of the character where it went wrong."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(f"{reason} (at character {at + 1})")
        self.reason = reason
        self.at = at
