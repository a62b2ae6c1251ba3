-- Migration: 00005_create_site_settings.sql
-- Description: Settings of a site, by key; every site gets a theme and a language
-- Date: 2026-05-08
-- Author: Publishing platform team

-- UP MIGRATION
CREATE TABLE site_settings (
    site_id     UUID NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    value       JSONB NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (site_id, key)
);

INSERT INTO site_settings (site_id, key, value)
SELECT s.id, d.key, d.value
FROM sites s
CROSS JOIN (VALUES ('theme', '"paper"'::jsonb), ('language', '"en"'::jsonb)) AS d (key, value);

CREATE TRIGGER site_settings_set_updated_at BEFORE UPDATE ON site_settings
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- DOWN MIGRATION
DROP TABLE site_settings;
