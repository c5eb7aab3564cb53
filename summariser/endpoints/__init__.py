"""Everything about an endpoint: settings, presets, what it can do, and the client that asks it."""
