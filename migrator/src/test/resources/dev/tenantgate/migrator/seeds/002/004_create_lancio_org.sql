-- Purpose: Create Lancio production organization
--
-- Dependencies:
-- - Requires `003_user_management_and_permissions.sql`
--
-- Environment: Production-specific

INSERT INTO platform.organizations (name, slug) VALUES ('Lancio', 'lancio');
