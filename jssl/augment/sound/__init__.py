"""Sounds: log-mel spectrograms and random views of them, on the accelerator."""
