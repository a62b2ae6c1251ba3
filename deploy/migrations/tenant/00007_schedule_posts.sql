-- Migration: 00007_schedule_posts.sql
-- Description: Posts know when they go out, and may have an excerpt; published ones went out when they were written
-- Date: 2026-10-29
-- Author: Publishing platform team

-- UP MIGRATION
ALTER TABLE posts
    ADD COLUMN publish_at TIMESTAMPTZ,
    ADD COLUMN excerpt TEXT;

UPDATE posts SET publish_at = created_at WHERE status = 'published';

CREATE INDEX posts_publish_at_idx ON posts (publish_at) WHERE publish_at IS NOT NULL;

-- DOWN MIGRATION
DROP INDEX posts_publish_at_idx;
ALTER TABLE posts
    DROP COLUMN excerpt,
    DROP COLUMN publish_at;
