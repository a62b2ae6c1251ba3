-- Purpose: Add billing and subscription management
--
-- Dependencies:
-- - Requires `001_create_platform_schema.sql`

BEGIN;

ALTER TABLE platform.organizations ADD COLUMN plan TEXT NOT NULL DEFAULT 'free';

COMMIT;
