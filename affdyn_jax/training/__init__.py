"""Lanes and their training, all of one hidden size at once (§4.2)."""
