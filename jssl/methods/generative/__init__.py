"""Generative: what was taken away is made again."""
