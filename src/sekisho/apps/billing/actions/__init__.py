"""The business acts of money, one module for each kind of them."""
