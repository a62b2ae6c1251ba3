-- Rollback for: 002_add_new_table
BEGIN;

DROP TABLE IF EXISTS new_table;

COMMIT;
