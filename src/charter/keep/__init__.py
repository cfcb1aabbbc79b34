"""Keeps the state folder: what lies in it, copies of it, putting it back, and how long each kind of data stays."""
