"""Money: what is owed and why, invoices, the monthly run, receipts, and the ledger under all of it."""
