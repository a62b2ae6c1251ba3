-- Migration: 00004_create_audit_log.sql
-- Description: Who did what and when: the platform's own doings in public, a tenant's in its schema
-- Date: 2026-03-20
-- Author: Publishing platform team
-- MIGRATION_SCOPE: both

-- UP MIGRATION
CREATE TABLE audit_log (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    details      JSONB NOT NULL DEFAULT '{}'
);

CREATE INDEX audit_log_occurred_at_idx ON audit_log (occurred_at DESC);
CREATE INDEX audit_log_subject_idx ON audit_log (subject, occurred_at DESC);

-- DOWN MIGRATION
DROP TABLE audit_log;
