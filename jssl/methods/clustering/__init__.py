"""Clustering: features and their assignments learn from each other."""
