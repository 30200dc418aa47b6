"""The logs that wait for the centre: a file that grows, how far it was sent, and the bookmark that outlives us.

The log files themselves are the spool, nothing is copied. ``Spool`` joins the follower (files), the shipper
(pure) and the bookmark (disk). A rotated file is deleted once the centre has all of it; when the centre stays
away until the disk share is used up, the oldest goes, counted and reported.
"""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

from sekisho_edge.bookmark import Bookmark, FileIdentity, load, save
from sekisho_edge.follow import Follower, rotated
from sekisho_edge.shipper import Batch, Shipper
from sekisho_wire.logs import Position

ROTATE_BYTES = 64 * 1024 * 1024
SPOOL_BYTES_MAX = 4 * 1024 * 1024 * 1024

_OURS = re.compile(r"\.\d{20}")


class Spool:
    """One log source of this edge, from its first byte to the centre's word for it."""

    def __init__(self, log: Path, bookmark_file: Path) -> None:
        self._log = log
        self._bookmark_file = bookmark_file
        self._follower = Follower(log)
        bookmark = load(bookmark_file) or Bookmark(Position(0, 0))
        self._files: dict[int, FileIdentity] = dict(bookmark.files)
        self._shipper = Shipper(bookmark.acked, bookmark.cuts)
        self._starts_over = False
        self.dropped_bytes = 0

    @property
    def acked(self) -> Position:
        return self._shipper.acked

    @property
    def read_at(self) -> Position:
        return self._shipper.read_at

    @property
    def waits_for_answer(self) -> bool:
        """Whether batches are out that the centre has not acknowledged."""
        return bool(self._shipper.unacknowledged())

    @property
    def split_lines(self) -> int:
        return self._shipper.split_lines

    def welcome(self, position: Position | None) -> list[Batch]:
        """What the centre has of us; returns what must be sent again.

        A centre that is behind our bookmark has broken its word, and sending again from where it remembers
        would double what others hold by now: the bookmark stays. One that is ahead is believed.
        """
        if position is not None and position > self.acked:
            self._catch_up(position)
            self._save()
        return self._shipper.unacknowledged()

    def next_batch(self, now: float) -> Batch | None:
        """Read on, and the next batch if one is due. Its bounds are on disk before anybody sends it."""
        self._read(now)
        batch = self._shipper.take(now)
        if batch:
            self._save()
        return batch

    def acknowledge(self, position: Position) -> None:
        """The centre's word. Durable when this returns; files that it covers are deleted."""
        if self._shipper.acknowledge(position):
            self._save()

    def backlog_bytes(self) -> int:
        """Bytes on disk that the centre has not confirmed, roughly: whole rotated files count in full."""
        waiting = sum(_size(path) for path in [*rotated(self._log), self._log])
        return max(0, waiting - self.acked.offset)

    def delete_confirmed(self) -> None:
        """Delete rotated files of ours that the centre has completely."""
        live = {(i.device, i.inode) for generation, i in self._files.items() if generation >= self.acked.generation}
        oldest = self._files.get(self.acked.generation)
        for path in rotated(self._log):
            with contextlib.suppress(FileNotFoundError):
                stat = path.stat()
                confirmed = oldest is not None and stat.st_mtime_ns <= oldest.modified_ns
                if _OURS.fullmatch(path.suffix) and confirmed and (stat.st_dev, stat.st_ino) not in live:
                    path.unlink()

    def keep_share(self, bytes_max: int = SPOOL_BYTES_MAX) -> None:
        """Delete the oldest rotated files beyond our share of the disk: what is lost is counted, never silent."""
        files = rotated(self._log)
        total = sum(map(_size, files))
        while files and total > bytes_max:
            oldest = files.pop(0)
            size = _size(oldest)
            oldest.unlink(missing_ok=True)
            total, self.dropped_bytes = total - size, self.dropped_bytes + size

    def close(self) -> None:
        self._follower.close()

    def _read(self, now):
        while self._shipper.hungry:
            if not self._follower.is_open and not self._open():
                return
            if self._shipper.ended:
                if not self._begin_next():
                    return
            elif self._follower.restarted():
                self._starts_over = True
                self._shipper.end_generation()
            elif data := self._follower.read():
                self._shipper.feed(data, now)
            elif self._follower.replaced(now):
                self._shipper.end_generation()
            else:
                return

    def _begin_next(self):
        """From an ended generation to the next file, once the last of the old one is handed out."""
        if not self._shipper.drained:
            return False
        if self._starts_over:
            self._follower.start_over()
            self._starts_over = False
        elif not self._follower.advance():
            return False
        self._shipper.next_generation()
        self._files[self.read_at.generation] = self._follower.identity()
        return True

    def _open(self):
        """After a start: the file of the bookmark, or the one that follows it."""
        generation, offset = self.read_at.generation, self.read_at.offset
        known = self._files.get(generation)
        if known and self._follower.resume(known, offset):
            return True
        opened = self._follower.advance(known or self._files.get(generation - 1), offset)
        if opened:
            if known or offset:
                self._shipper.skip_to(Position(generation + 1, 0))
            self._files[self.read_at.generation] = self._follower.identity()
        return opened

    def _catch_up(self, position):
        if self._shipper.cuts_at(position):
            self._shipper.acknowledge(position)
            return
        # Further than what we handed out in this life, or inside a batch, because the centre keeps large ones
        # in parts: go on from exactly there.
        self._follower.close()
        self._starts_over = False
        if position.generation in self._files:
            self._shipper.skip_to(position)
        else:
            # Our bookmark was lost: the centre's generations name files that we can't tell apart any more.
            self._files.clear()
            self._shipper.skip_to(Position(position.generation + 1, 0))

    def _save(self):
        current = self.read_at.generation
        if self._follower.is_open:
            self._files[current] = self._follower.identity()
        self._files = {g: identity for g, identity in self._files.items() if g >= self.acked.generation}
        save(self._bookmark_file, Bookmark(self.acked, tuple(self._shipper.cuts), self._files))


def rotate(log: Path) -> Path | None:
    """Rename a log that has grown large; the writer must be told to open the name anew. None if it is small."""
    if _size(log) < ROTATE_BYTES:
        return None
    target = log.with_name(f"{log.name}.{time.time_ns():020d}")
    log.rename(target)
    return target


def _size(path):
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size
    return 0
