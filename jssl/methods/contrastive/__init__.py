"""Contrastive: a view is told apart from the views of other examples."""
