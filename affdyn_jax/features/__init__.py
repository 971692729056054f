"""Audio to features on the 4 Hz grid, one module per kind (§3.2)."""
