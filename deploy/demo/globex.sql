-- The rows of tenant globex; they fit every version from 4 on.
INSERT INTO users (email, display_name, role) VALUES
    ('owner@globex.example', 'Globex Owner', 'owner'),
    ('writer@globex.example', 'Globex Writer', 'author');

INSERT INTO sites (slug, title, status) VALUES ('blog', 'Globex Blog', 'live');

INSERT INTO domains (site_id, name, is_primary, verified_at)
SELECT id, 'blog.globex.example', true, now() FROM sites WHERE slug = 'blog';

INSERT INTO posts (site_id, author_id, slug, title, body, status)
SELECT s.id, u.id, 'hello', 'Hello from Globex', 'Our first post.', 'published'
FROM sites s, users u
WHERE s.slug = 'blog' AND u.role = 'author';

INSERT INTO audit_log (actor, action, subject) VALUES ('owner@globex.example', 'publish', 'posts/hello');
