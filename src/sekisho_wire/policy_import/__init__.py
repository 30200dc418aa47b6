"""Rule exports of other products as a policy, with every line that could not be carried over.

Nothing is dropped in silence: what a reader does not take is in ``Imported.left`` with its line and the reason.
A rule that can't be carried over exactly is not carried over at all: half a rule is another rule.
"""

from sekisho_wire.policy_import.carried import Imported, ImportFailed, Left
from sekisho_wire.policy_import.fortigate import import_fortigate
from sekisho_wire.policy_import.opnsense import import_opnsense

__all__ = ["ImportFailed", "Imported", "Left", "import_fortigate", "import_opnsense"]
