"""gen4d: from a prompt or one photo to an animated asset that plays in a game engine."""

__version__ = "0.1.0"
