"""Games that are played once, and recorded as a folder of films."""
