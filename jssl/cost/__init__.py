"""What a step costs, before it is run: FLOPs, and the chips they are held against."""
