"""Convolutions of quantized models: what their integers stand for, and what they compute."""
