"""What the supervisor starts: one module a process, each short, each run with ``python -m``."""
