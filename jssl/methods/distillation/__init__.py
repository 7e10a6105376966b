"""Distillation: a student predicts what a teacher, or itself held still, makes of another view."""
