"""The history of a demand: what happened to it, sentence by sentence."""
