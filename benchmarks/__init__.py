"""Speed, as ratios within one run: Cercle against a bare Starlette application that answers the same bytes."""
