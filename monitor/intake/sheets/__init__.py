"""Spreadsheets (*spreadsheets*) with what institutions and regions report anyway: written, read, held against rules."""
