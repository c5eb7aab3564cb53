"""Endpoints of models: settings, providers, capabilities, and the client."""
