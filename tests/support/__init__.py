"""What the tests share: real servers on loopback."""
