"""Views of texts, drawn on the accelerator; recipes as data."""
