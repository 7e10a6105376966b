"""Evaluation: kNN, linear probe, label-free monitors, and the protocol that puts them beside their baselines."""
