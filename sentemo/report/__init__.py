"""An experiment as one HTML file, which opens from a disk and asks no network."""
