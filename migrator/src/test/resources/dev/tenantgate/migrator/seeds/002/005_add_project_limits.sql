-- ============================================
-- Migration: 005 - Add Project Limits
-- ============================================
-- Purpose: Add resource limits tracking for projects
--
-- Dependencies:
--   - 001_create_platform_schema.sql
--   - 003_user_management_and_permissions.sql
--
-- Rollback:
--   See rollback-005.sql
-- ============================================

BEGIN;

-- Your migration SQL here

-- Example: Add new columns
ALTER TABLE platform.projects
ADD COLUMN max_databases INTEGER DEFAULT 10,
ADD COLUMN max_storage_gb INTEGER DEFAULT 100;

-- Example: Create new table
CREATE TABLE IF NOT EXISTS platform.project_limits (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    project_id UUID REFERENCES platform.projects(id) ON DELETE CASCADE,
    resource_type TEXT NOT NULL,
    limit_value INTEGER NOT NULL,
    current_usage INTEGER DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

-- Create indexes for performance
CREATE INDEX idx_project_limits_project_id
ON platform.project_limits(project_id);

CREATE INDEX idx_project_limits_resource_type
ON platform.project_limits(resource_type);

COMMIT;
