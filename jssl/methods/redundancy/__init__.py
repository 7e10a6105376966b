"""Redundancy: two views agree, and no two dimensions say the same."""
