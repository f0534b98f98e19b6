"""The harness from Python and notebooks: plain values in, objects with flat records out; see `harness.__all__`."""
