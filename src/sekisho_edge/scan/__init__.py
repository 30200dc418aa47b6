"""Is this file dangerous? Hash list, then YARA-X, then clamd, also inside archives. For web traffic and for mail.

    scanner = Scanner(definitions, clamd=Path("/run/clamd.sock"))
    verdict = await scanner.scan(data, "invoice.zip", Limits())

A verdict is always given: what could not be looked at is in it, with the reason. Only definitions that can't be read
raise (DefinitionsError), and then the last good ones stay.
"""

from sekisho_edge.scan.definitions import DefinitionsError
from sekisho_edge.scan.scanner import Scanner
from sekisho_edge.scan.verdict import Gap, Limits, Outcome, Reason, Verdict

__all__ = ["DefinitionsError", "Gap", "Limits", "Outcome", "Reason", "Scanner", "Verdict"]
