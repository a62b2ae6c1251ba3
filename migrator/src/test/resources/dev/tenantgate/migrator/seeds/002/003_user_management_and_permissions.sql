-- Purpose: User accounts and role-based permissions
--
-- Dependencies:
-- - Requires `001_create_platform_schema.sql`
-- - Requires `002_platform_billing_schema.sql`

BEGIN;

CREATE TABLE platform.users (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    email TEXT NOT NULL UNIQUE
);

COMMIT;
