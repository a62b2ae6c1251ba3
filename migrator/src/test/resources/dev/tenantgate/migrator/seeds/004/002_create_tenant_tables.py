"""
Create tenant tables

# MIGRATION_SCOPE: tenant
# MIGRATION_VERSION: 002_create_tenant_tables
# MIGRATION_DESCRIPTION: Users of a tenant
"""

UPGRADE_SQL = """
CREATE TABLE users (id SERIAL PRIMARY KEY, email VARCHAR(255) NOT NULL);
"""

DOWNGRADE_SQL = """
DROP TABLE users;
"""


def upgrade():
    """Apply migration"""
    return UPGRADE_SQL


def downgrade():
    """Revert migration"""
    return DOWNGRADE_SQL
