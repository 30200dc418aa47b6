"""Start, check, reload and read one real engine a file. What needs privileges is asked of the root helper."""
