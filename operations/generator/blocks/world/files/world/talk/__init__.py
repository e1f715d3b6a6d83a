"""What residents say. The words are in `exchanges/*.txt`: add an interest by adding a file."""
