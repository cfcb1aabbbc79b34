"""Lives an installation through many nights in which everything goes wrong that can, and counts what was lost.

See ``make soak``. Each night is one of: killed again and again, run on a full disk, run twice, left out and made up
for later. Each week is reported by two senders at once to a mail server that refuses, stalls and hangs up.
"""
