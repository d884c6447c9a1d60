"""The library inside of other systems; each module needs what its name says."""
