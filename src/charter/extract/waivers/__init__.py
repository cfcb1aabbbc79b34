"""The register of waivers: who proposed that a standard does not apply for a time, who approved it, who withdrew it."""
