"""symconv derives the backward pass of a layer from its net input, writes it out, emits it as code and checks it."""

__version__ = "0.1.0"
