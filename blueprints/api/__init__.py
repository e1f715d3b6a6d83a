"""Blueprints over HTTP: plans, their versions, and the conversation they come from."""
