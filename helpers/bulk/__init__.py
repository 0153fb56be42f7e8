"""A method over any number of pictures, a chunk at a time: `helpers.dataset` puts the parts together.

`pictures` reads a chunk, `work` explains it, `crew` says who does that, `store` keeps what comes out.
"""
