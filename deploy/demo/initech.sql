-- The rows of tenant initech; they fit versions 4 and 5. Bill signed up twice, before addresses had to be unique:
-- migration 6 fails here, with SQLSTATE 23505, until one of the two is gone.
INSERT INTO users (email, display_name, role) VALUES
    ('peter@initech.example', 'Peter Gibbons', 'author'),
    ('bill@initech.example', 'Bill Lumbergh', 'owner'),
    ('Bill@Initech.example', 'Bill Lumbergh', 'editor');

INSERT INTO sites (slug, title, status) VALUES ('intranet', 'Initech Intranet', 'live');

INSERT INTO posts (site_id, author_id, slug, title, body, status)
SELECT s.id, u.id, 'tps-reports', 'New cover sheets', 'Did you get the memo?', 'published'
FROM sites s, users u
WHERE s.slug = 'intranet' AND u.role = 'owner';

INSERT INTO audit_log (actor, action, subject) VALUES ('bill@initech.example', 'publish', 'posts/tps-reports');
