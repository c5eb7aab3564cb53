"""Requests of all pages sent in files: what goes out when, and what comes back."""
