-- A row is written once and stays as it is: nothing has to be left free beside it.
ALTER TABLE idempotency_keys SET (fillfactor = 100);
