"""The linked mode on the shared side: events of one person laid together, counted, and erased."""
