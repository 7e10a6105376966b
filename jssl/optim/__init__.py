"""Optimisers, their schedules, and rates by layer."""
