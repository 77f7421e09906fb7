"""Reports: one HTML file each, which opens without a network.

`page.write_report` writes that of a campaign, `pathway_page.write_pathway_page` that of a predicted
pathway. Nothing is imported here: a pathway needs none of a campaign's models.
"""
