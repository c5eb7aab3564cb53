"""Evaluation of records against gold: alignment, scores, figures."""
