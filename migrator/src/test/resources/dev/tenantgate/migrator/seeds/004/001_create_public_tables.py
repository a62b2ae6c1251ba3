"""
Create public tables

# MIGRATION_SCOPE: public
# MIGRATION_VERSION: 001_create_public_tables
# MIGRATION_DESCRIPTION: Tenant registry
"""

UPGRADE_SQL = """
CREATE TABLE tenants (id SERIAL PRIMARY KEY, slug VARCHAR(50) UNIQUE NOT NULL);
"""

DOWNGRADE_SQL = """
DROP TABLE tenants;
"""


def upgrade():
    """Apply migration"""
    return UPGRADE_SQL


def downgrade():
    """Revert migration"""
    return DOWNGRADE_SQL
