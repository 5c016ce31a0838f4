"""`gen4d doctor`: whether this machine can do the main job, one line a check."""
