"""Augmentation on the accelerator: operations, recipes as data, random views."""
