"""What is written on the forms of Arts. 10, 12 and 14: read from JSON, checked by the rules of the terms. Pure."""

from .application import ApplicationForm, Contractor, Device, Options, Override, facts_of, form_problems, stated_parts
from .change import ChangeForm, after_change, change_refusals
from .reading import BadForm, as_json, read_form

__all__ = [
    "ApplicationForm",
    "BadForm",
    "ChangeForm",
    "Contractor",
    "Device",
    "Options",
    "Override",
    "after_change",
    "as_json",
    "change_refusals",
    "facts_of",
    "form_problems",
    "read_form",
    "stated_parts",
]
