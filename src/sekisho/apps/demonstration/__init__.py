"""The demonstration: invented people and companies, moved in and billed by the same actions that clicks call."""

from .moving_in import seed_demo

__all__ = ("seed_demo",)
