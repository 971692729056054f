"""Names of the low-pass layers, apart from JAX, which is not for those who only read settings."""

NONE, CENTRED, CAUSAL = "none", "centred", "causal"
