"""Steps in time, load and parameter; what a run hands back."""
