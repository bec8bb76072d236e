"""Two convolutions, one right and one wrong."""
