"""A model in a folder of its own, to be handed on."""
