"""A generated corpus in the layout of a real one, always marked as such."""
