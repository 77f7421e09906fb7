"""Tests of agents.journal: what is written stays, and what is damaged is seen."""
