"""Corpora as their owners hand them out, one module per on-disk layout."""
