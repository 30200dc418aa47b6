"""The carrier's money: price lists, the monthly run, invoices, receipts, arrears. The partner finds nothing here."""
