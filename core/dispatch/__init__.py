"""Calling what plugins give: guarded, timed, watched, and written down when it fails."""
