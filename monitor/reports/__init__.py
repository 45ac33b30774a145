"""What is taken along (*meenemen*): the models of the screens as files. A file knows no store and no screen."""
