"""Trees: YAML graphs of steps against the public API, checked whole before the first one starts."""
