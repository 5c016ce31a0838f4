"""Prompt -> six views: the multiview diffusion prior."""
