"""Camera and mesh -> images, differentiable."""
