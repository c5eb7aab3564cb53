"""From a file to articles: reading, joining lines, splitting by the model or by rules."""
