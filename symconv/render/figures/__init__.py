"""Figures: *what* is drawn comes from the derivation, *how* from two writers, SVG and TikZ."""
