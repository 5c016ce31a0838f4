"""Score distillation: a prior's gradients improve, or make, what can be seen from six sides."""
