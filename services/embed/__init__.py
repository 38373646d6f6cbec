"""Embeds each new paper once with ONNX Runtime."""
