"""3D objects -> training shards."""
