-- Migration: 00001_add_multitenancy.sql
-- Date: 2025-08-31
-- Description: Add multitenancy support with customers, sites, and domain mapping

CREATE TABLE IF NOT EXISTS users (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), email VARCHAR(255) NOT NULL);
CREATE TABLE IF NOT EXISTS posts (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users(id),
    title VARCHAR(255) NOT NULL
);

CREATE TABLE customers (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(255) NOT NULL,
    email VARCHAR(255) UNIQUE NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT current_timestamp
);

CREATE TABLE sites (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id UUID NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
    name VARCHAR(255) NOT NULL
);

CREATE TABLE domains (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    site_id UUID NOT NULL REFERENCES sites(id) ON DELETE CASCADE,
    hostname VARCHAR(255) UNIQUE NOT NULL,
    updated_at TIMESTAMP NOT NULL DEFAULT current_timestamp
);

CREATE TABLE tenant_usage (
    customer_id UUID NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
    resource VARCHAR(50) NOT NULL,
    used BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (customer_id, resource)
);

CREATE TABLE audit_logs (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id UUID NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
    action VARCHAR(100) NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT current_timestamp
);

CREATE TABLE site_settings (
    site_id UUID NOT NULL REFERENCES sites(id) ON DELETE CASCADE,
    key VARCHAR(100) NOT NULL,
    value TEXT,
    updated_at TIMESTAMP NOT NULL DEFAULT current_timestamp,
    PRIMARY KEY (site_id, key)
);

INSERT INTO customers (id, name, email)
VALUES ('00000000-0000-0000-0000-000000000001', 'Default; customer', 'default@example.com');
INSERT INTO sites (id, customer_id, name)
VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001', 'Default site');

ALTER TABLE users ADD COLUMN customer_id UUID REFERENCES customers(id);
ALTER TABLE users ADD COLUMN site_id UUID REFERENCES sites(id);
ALTER TABLE users ADD COLUMN role VARCHAR(20) NOT NULL DEFAULT 'member';
ALTER TABLE users ADD COLUMN status VARCHAR(20) NOT NULL DEFAULT 'active';
ALTER TABLE users ADD COLUMN deleted_at TIMESTAMP;
UPDATE users SET customer_id = '00000000-0000-0000-0000-000000000001';

ALTER TABLE posts ADD COLUMN site_id UUID REFERENCES sites(id);
ALTER TABLE posts ADD COLUMN status VARCHAR(20) NOT NULL DEFAULT 'published';
ALTER TABLE posts ADD COLUMN published_at TIMESTAMP;
ALTER TABLE posts ADD COLUMN deleted_at TIMESTAMP;
UPDATE posts SET site_id = '00000000-0000-0000-0000-000000000001';

CREATE INDEX idx_sites_customer ON sites(customer_id);
CREATE INDEX idx_domains_site ON domains(site_id);
CREATE INDEX idx_audit_logs_customer ON audit_logs(customer_id, created_at);
CREATE INDEX idx_posts_site ON posts(site_id, published_at);

CREATE FUNCTION update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = current_timestamp;
    RETURN NEW;
END;
$$;

CREATE TRIGGER update_domains_updated_at BEFORE UPDATE ON domains
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_site_settings_updated_at BEFORE UPDATE ON site_settings
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
