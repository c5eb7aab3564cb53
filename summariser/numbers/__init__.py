"""Numbers as a newspaper prints them, and as code reads them."""
