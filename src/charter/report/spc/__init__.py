"""Statistical process control: pure arithmetic on weeks, no warehouse, no words, no drawing.

``chart`` puts it together: ``limits`` (p-chart, XmR), ``rules`` (NHS 'Making Data Count'), ``icons`` (variation and
assurance). ``significance`` decides, over many series at once, where this week differs from the weeks before.
"""
