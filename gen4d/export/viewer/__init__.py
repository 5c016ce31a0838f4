"""A page that shows one GLB in a browser: served from this machine only, or as one file to send to someone."""
