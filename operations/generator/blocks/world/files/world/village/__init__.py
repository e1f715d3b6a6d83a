"""The place itself: its map, its addresses and its roads. Made from a seed, so nothing of it is stored."""
