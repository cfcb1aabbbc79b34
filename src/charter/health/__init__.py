"""How an installation stands: small probes, each of which looks at one thing and says what is wrong with it.

`charter doctor` shows what they find; notices (``charter.notices``) tell it to people. A probe that fails fails alone.
"""
