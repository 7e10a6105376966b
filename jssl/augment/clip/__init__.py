"""Random views of clips: the same change for all frames, and a stretch of time."""
