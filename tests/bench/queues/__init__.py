"""The workers that the benchmark of jobs compares: each a program of its own, with a no-op for a job."""
