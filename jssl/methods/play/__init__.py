"""Play: what an agent sees, does and gets tells of the state of its world."""
