"""Activations and gradients, compiled once per network and run in chunks: arrays in, arrays out.

What is compiled is kept on the network and goes with it. It shares the network's weights, so
training and `set_weights` count; its layers are taken as they are at the first use.
"""

from helpers.engine.passes import forward, logits

__all__ = ["forward", "logits"]
