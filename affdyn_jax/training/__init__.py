"""Lanes and their training, all of one hidden size together (§4.2)."""
