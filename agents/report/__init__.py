"""The report of a campaign: one HTML file that opens without a network."""

from agents.report.page import write_report

__all__ = ["write_report"]
