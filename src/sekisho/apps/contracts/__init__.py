"""Contracts, their contacts, and the one answer to who may see which."""
