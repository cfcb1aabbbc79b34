"""Tells people what stands in the way: each cause once, again when it gets worse or lasts, and when it is over.

What is found (``charter.health``) becomes notices by a register of open causes; each goes to its channels: by mail
through an outbox of its own, and to chats and web hooks. `charter watch` is one run of all of it.
"""
