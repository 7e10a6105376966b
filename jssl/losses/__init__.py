"""Losses: pure maths on arrays. No parameters, no collectives, no device axis."""
