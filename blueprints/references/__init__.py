"""Pages and pictures that a person gave: captured, read, turned into design tokens."""
