"""`make bench-corpus CORPUS=path`: requests in other people's words, built and used by a browser."""
