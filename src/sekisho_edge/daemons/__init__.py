"""Engines besides the sensor and the firewall: each a process that traffic is turned to. ``engines`` lists them."""
