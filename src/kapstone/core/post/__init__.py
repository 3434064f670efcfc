"""The post: messages that leave the house, each sent once, or somebody is told."""
