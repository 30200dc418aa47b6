"""Acts on contracts."""

from .contacts import set_contacts
from .facts import Telling, end_fact, tell, tell_all, void_fact
from .taking_on import add_contract

__all__ = ["Telling", "add_contract", "end_fact", "set_contacts", "tell", "tell_all", "void_fact"]
