"""What changed between records, and what people decided and corrected."""
