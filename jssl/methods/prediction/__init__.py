"""Prediction: what lies elsewhere in an example, or how another view of it is embedded, told from what is seen."""
