"""Training on a stream: processes render ever new objects while a GPU beside them learns from what is there so far."""
