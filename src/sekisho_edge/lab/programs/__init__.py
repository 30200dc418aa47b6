"""The servers of the lab. Each is a small real program of its own process, and only ever listens in a namespace."""
