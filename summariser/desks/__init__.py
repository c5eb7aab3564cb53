"""The desk: an endpoint whose replies are given by a person."""
