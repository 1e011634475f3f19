"""What the rules need from outside, as protocols, and the three ways the outside can fail."""
