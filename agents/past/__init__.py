"""Campaigns of the past, ours and published ones, and their replay."""
