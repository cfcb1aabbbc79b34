"""All that was ever excused: by which waiver or rule, how many commitments, who approved it, until when."""
