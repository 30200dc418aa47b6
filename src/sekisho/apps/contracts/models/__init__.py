"""The rows of contracts: who they are (``contract``), what holds from when until when (``fact``), whom to reach."""

from .contact import Contact, TimeBand
from .contract import Contract, Line
from .fact import ContractFact

__all__ = ["Contact", "Contract", "ContractFact", "Line", "TimeBand"]
