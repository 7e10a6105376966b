"""Semi-supervised: few labels, and many examples without one."""
