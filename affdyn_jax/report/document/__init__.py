"""A report's parts, and how they become Markdown or a page."""
