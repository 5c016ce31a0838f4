"""A raw surface -> a clean, textured mesh."""
