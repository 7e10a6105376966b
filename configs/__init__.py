"""Experiments: one file a config, by the name METHOD_DATA."""
