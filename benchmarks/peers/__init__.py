"""What others do with the same work, side by side on the same machine."""
