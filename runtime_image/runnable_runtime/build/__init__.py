"""What the steps of an image's build run: nothing of it is used once the image is there."""
