"""Protocols: what a finished run is put through."""
