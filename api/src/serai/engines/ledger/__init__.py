"""The ledger: double entry in the database, which itself refuses what does not balance."""
