"""The linked mode (*gekoppelde vorm*): pseudonyms of which no party sees how they come about."""
