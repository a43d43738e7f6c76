"""Programs that run while an image is built; nothing of them is used afterwards."""
