"""The commands of ``charter``, by what they are about."""
