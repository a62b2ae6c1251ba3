-- ============================================
-- Migration: 001 - Create Platform Schema
-- ============================================
-- Purpose: Initial platform database schema creation
--
-- Dependencies: None (initial migration)
-- ============================================

BEGIN;

CREATE SCHEMA platform;

-- Takes the place of uuid-ossp, where that extension isn't installed.
CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT pg_catalog.gen_random_uuid()';

CREATE TABLE platform.organizations (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    billing_email TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TABLE platform.projects (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name TEXT NOT NULL,
    ref TEXT NOT NULL UNIQUE,
    organization_id UUID REFERENCES platform.organizations(id),
    region TEXT,
    status TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

COMMIT;
