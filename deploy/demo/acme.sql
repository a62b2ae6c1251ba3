-- The rows of tenant acme; they fit every version from 4 on.
INSERT INTO users (email, display_name, role) VALUES
    ('owner@acme.example', 'Acme Owner', 'owner'),
    ('writer@acme.example', 'Acme Writer', 'author');

INSERT INTO sites (slug, title, status) VALUES ('blog', 'Acme Blog', 'live');

INSERT INTO domains (site_id, name, is_primary, verified_at)
SELECT id, 'blog.acme.example', true, now() FROM sites WHERE slug = 'blog';

INSERT INTO posts (site_id, author_id, slug, title, body, status)
SELECT s.id, u.id, 'hello', 'Hello from Acme', 'Our first post.', 'published'
FROM sites s, users u
WHERE s.slug = 'blog' AND u.role = 'author';

INSERT INTO audit_log (actor, action, subject) VALUES ('owner@acme.example', 'publish', 'posts/hello');
