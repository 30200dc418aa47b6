"""Policy -> text for one engine a file. Pure: equal policies give equal texts, and golden files show every change."""
