"""Skeleton -> clips: kinematics, skinning, procedural cycles and their measures."""
