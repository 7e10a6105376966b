"""Masked: what was hidden is predicted from what is left."""
