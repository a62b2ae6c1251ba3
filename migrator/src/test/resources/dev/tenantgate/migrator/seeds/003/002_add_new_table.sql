-- Migration: 002_add_new_table
-- Created at: 2025-01-01
-- Description: Add new_table for feature X

BEGIN;

CREATE TABLE new_table (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
  name VARCHAR(255) NOT NULL,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_new_table_tenant_id ON new_table(tenant_id);

COMMIT;
