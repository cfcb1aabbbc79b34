"""Pictures from the report's view, by matplotlib: the same view gives the same bytes.

``canvas`` draws lines, areas and texts on one figure that is used again and again; ``control`` and its sisters say what
goes where; ``outputs`` makes SVG for paper and pages, and PNG for mail.
"""
