"""Public object collections, one file each."""
