"""What the carrier's desk fills in, read and checked for shape; the terms and the actions check the rest."""
