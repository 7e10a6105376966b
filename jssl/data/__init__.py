"""Data sets of pictures by name, and their batches."""
