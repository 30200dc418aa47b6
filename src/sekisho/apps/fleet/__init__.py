"""The security devices on the contractors' lines, and how each gets its identity."""
