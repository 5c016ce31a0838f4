"""Presets: TOML files that list only differences from the defaults."""
