"""Thousands of mutilated files and settings: a valid answer, or an error of one line."""
