"""The window after each dose, computed whenever it is read; nothing of it is stored."""
