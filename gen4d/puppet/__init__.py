"""A photo's matte -> an inflated, layered solid that carries the photo as its texture."""
