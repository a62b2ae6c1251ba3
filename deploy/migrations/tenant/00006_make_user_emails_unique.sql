-- Migration: 00006_make_user_emails_unique.sql
-- Description: One user per e-mail address, however it is capitalized: people log in by it from now on
-- Date: 2026-08-17
-- Author: Publishing platform team

-- UP MIGRATION
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
DROP INDEX users_email_idx;

-- DOWN MIGRATION
CREATE INDEX users_email_idx ON users (email);
DROP INDEX users_email_key;
