"""A corpus and its features as padded, standardised arrays."""
