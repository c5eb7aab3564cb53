"""Records held against gold: pairing, scores, figures."""
