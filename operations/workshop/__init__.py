"""What the phases work with: plans, commits, checkouts in the sandbox, visits to running apps."""
