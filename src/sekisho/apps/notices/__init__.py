"""Notices to people outside: made once, handed over once, every attempt on record."""
