"""Six views -> one closed surface."""
