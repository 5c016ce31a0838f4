"""Public checkpoints as priors: found, checked before they are loaded, and converted to the one protocol."""
