"""Mesh -> skeleton and skin: body plan, template embedding, weights."""
