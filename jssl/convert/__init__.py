"""Weights in and out: torchvision, timm, Hugging Face transformers; safetensors and PyTorch's files; ONNX."""
