-- Migration: 00001_create_plans_and_customers.sql
-- Description: Plans, and the customers who are on them; shared by all tenants
-- Date: 2026-01-12
-- Author: Publishing platform team

-- UP MIGRATION
CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TABLE plans (
    id           TEXT PRIMARY KEY,
    title        TEXT NOT NULL,
    max_sites    INTEGER NOT NULL CHECK (max_sites > 0),
    max_storage  BIGINT NOT NULL CHECK (max_storage > 0),
    created_at   TIMESTAMPTZ NOT NULL DEFAULT now()
);

INSERT INTO plans (id, title, max_sites, max_storage) VALUES
    ('starter', 'Starter', 1, 1073741824),
    ('team', 'Team', 10, 53687091200),
    ('business', 'Business', 100, 1099511627776);

CREATE TABLE customers (
    id          UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant      TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    email       TEXT NOT NULL,
    plan_id     TEXT NOT NULL DEFAULT 'starter' REFERENCES plans (id),
    status      TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'closed')),
    created_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at  TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX customers_plan_id_idx ON customers (plan_id);

CREATE TRIGGER customers_set_updated_at BEFORE UPDATE ON customers
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- DOWN MIGRATION
DROP TABLE customers;
DROP TABLE plans;
DROP FUNCTION set_updated_at();
