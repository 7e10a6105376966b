"""Launchers: thin commands over the library."""
