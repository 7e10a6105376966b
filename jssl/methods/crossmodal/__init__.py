"""Methods of several senses, each of which teaches the other."""
