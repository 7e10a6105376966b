"""Pseudo-labels in rounds: a teacher labels, the sure ones are kept and balanced, a student learns from them."""
