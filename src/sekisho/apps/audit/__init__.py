"""Who did what, when and why; and the news that others wait for. Nothing here is ever changed."""
