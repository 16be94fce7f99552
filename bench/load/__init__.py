"""A load client that is not the bottleneck."""
