"""The proof that no request fails: apps under load, the changes that end their pods, and what watches both."""
