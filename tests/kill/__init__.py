"""The kill matrix: `calbridge sync`, killed at each of its I/O boundaries, and what the next passes make of it."""
