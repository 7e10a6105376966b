"""Views of what is measured: series in time, and tables."""
