"""The village in motion. Pure: no database, no threads, no clock of its own, so tests can step it."""
