"""Pretext: a puzzle that is made of each example, with its solution."""
