"""Published cells in words: never a number that is not a cell, never a cause, never a rank."""
