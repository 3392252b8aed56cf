"""Personal data of customers wherever it lies: where that is, deleting it, exporting it."""
