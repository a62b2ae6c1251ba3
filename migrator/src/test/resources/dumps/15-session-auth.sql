--
-- PostgreSQL database dump
--

\restrict SSmiN2aVlJEy73v5nt9gTouAowAZxjTiZFYHDctRKcgZRCjg3fh3TBFjQhBMFb1

-- Dumped from database version 15.20
-- Dumped by pg_dump version 15.20

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET SESSION AUTHORIZATION 'postgres';

--
-- Name: acme; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA acme;


--
-- Name: SCHEMA acme; Type: COMMENT; Schema: -; Owner: postgres
--

COMMENT ON SCHEMA acme IS 'the schema';


--
-- Name: german; Type: COLLATION; Schema: acme; Owner: postgres
--

CREATE COLLATION acme.german (provider = libc, locale = 'C');


--
-- Name: amount; Type: DOMAIN; Schema: acme; Owner: postgres
--

CREATE DOMAIN acme.amount AS integer NOT NULL DEFAULT 1
	CONSTRAINT positive CHECK ((VALUE > 0));


--
-- Name: email; Type: DOMAIN; Schema: acme; Owner: postgres
--

CREATE DOMAIN acme.email AS public.citext
	CONSTRAINT email_check CHECK ((VALUE OPERATOR(public.~) '@'::public.citext));


--
-- Name: mood; Type: TYPE; Schema: acme; Owner: postgres
--

CREATE TYPE acme.mood AS ENUM (
    'sad',
    'o''k',
    'acme.x'
);


--
-- Name: TYPE mood; Type: COMMENT; Schema: acme; Owner: postgres
--

COMMENT ON TYPE acme.mood IS 'm';


--
-- Name: pair; Type: TYPE; Schema: acme; Owner: postgres
--

CREATE TYPE acme.pair AS (
	a integer,
	b text COLLATE pg_catalog."C"
);


--
-- Name: span; Type: TYPE; Schema: acme; Owner: postgres
--

CREATE TYPE acme.span AS RANGE (
    subtype = double precision,
    multirange_type_name = acme.span_multirange,
    subtype_diff = float8mi
);


--
-- Name: grouped; Type: VIEW; Schema: acme; Owner: postgres
--

CREATE VIEW acme.grouped AS
SELECT
    NULL::bigint AS id,
    NULL::text COLLATE pg_catalog."C" AS name,
    NULL::bigint AS c;


--
-- Name: atomic(); Type: FUNCTION; Schema: acme; Owner: postgres
--

CREATE FUNCTION acme.atomic() RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT max(grouped.c) AS max
    FROM acme.grouped;
END;


--
-- Name: double(integer); Type: FUNCTION; Schema: acme; Owner: postgres
--

CREATE FUNCTION acme.double(i integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$SELECT i * 2$$;


--
-- Name: atomic2(integer); Type: FUNCTION; Schema: acme; Owner: postgres
--

CREATE FUNCTION acme.atomic2(x integer) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN (x > 1) THEN 1
             ELSE 2
         END AS "case";
 SELECT acme.double(x) AS double;
END;


--
-- Name: plus(acme.pair, acme.pair); Type: FUNCTION; Schema: acme; Owner: postgres
--

CREATE FUNCTION acme.plus(a acme.pair, b acme.pair) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT (a).a + (b).a $$;


--
-- Name: proc(integer); Type: PROCEDURE; Schema: acme; Owner: postgres
--

CREATE PROCEDURE acme.proc(INOUT x integer)
    LANGUAGE plpgsql
    AS $$ BEGIN x := x + 1; END $$;


--
-- Name: touch(); Type: FUNCTION; Schema: acme; Owner: postgres
--

CREATE FUNCTION acme.touch() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'acme', 'public'
    AS $$
  DECLARE q text := 'SELECT 1 FROM acme.users'; BEGIN PERFORM 1 FROM acme.users; RETURN NEW; END $$;


--
-- Name: FUNCTION touch(); Type: COMMENT; Schema: acme; Owner: postgres
--

COMMENT ON FUNCTION acme.touch() IS 'f';


--
-- Name: total(integer); Type: AGGREGATE; Schema: acme; Owner: postgres
--

CREATE AGGREGATE acme.total(integer) (
    SFUNC = int4pl,
    STYPE = integer,
    INITCOND = '0'
);


--
-- Name: |+|; Type: OPERATOR; Schema: acme; Owner: postgres
--

CREATE OPERATOR acme.|+| (
    FUNCTION = acme.plus,
    LEFTARG = acme.pair,
    RIGHTARG = acme.pair
);


--
-- Name: ts; Type: TEXT SEARCH CONFIGURATION; Schema: acme; Owner: postgres
--

CREATE TEXT SEARCH CONFIGURATION acme.ts (
    PARSER = pg_catalog."default" );

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR asciiword WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR word WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR numword WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR email WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR url WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR host WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR sfloat WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR version WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR hword_numpart WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR hword_part WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR hword_asciipart WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR numhword WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR asciihword WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR hword WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR url_path WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR file WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR "float" WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR "int" WITH simple;

ALTER TEXT SEARCH CONFIGURATION acme.ts
    ADD MAPPING FOR uint WITH simple;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: Odd "Names; Type: TABLE; Schema: acme; Owner: postgres
--

CREATE TABLE acme."Odd ""Names" (
    "The Key" integer NOT NULL,
    "select" text,
    "acme.users" text
);


--
-- Name: Odd "Names_The Key_seq; Type: SEQUENCE; Schema: acme; Owner: postgres
--

ALTER TABLE acme."Odd ""Names" ALTER COLUMN "The Key" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME acme."Odd ""Names_The Key_seq"
    START WITH 10
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: ev; Type: TABLE; Schema: acme; Owner: postgres
--

CREATE TABLE acme.ev (
    id integer NOT NULL,
    at date NOT NULL,
    note text,
    CONSTRAINT noted CHECK ((note <> '-'::text))
)
PARTITION BY RANGE (at);


--
-- Name: CONSTRAINT noted ON ev; Type: COMMENT; Schema: acme; Owner: postgres
--

COMMENT ON CONSTRAINT noted ON acme.ev IS 'c';


--
-- Name: ev1; Type: TABLE; Schema: acme; Owner: postgres
--

CREATE TABLE acme.ev1 (
    id integer NOT NULL,
    at date NOT NULL,
    note text,
    CONSTRAINT noted CHECK ((note <> '-'::text))
);


--
-- Name: ev_id_seq; Type: SEQUENCE; Schema: acme; Owner: postgres
--

ALTER TABLE acme.ev ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME acme.ev_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: ev_rest; Type: TABLE; Schema: acme; Owner: postgres
--

CREATE TABLE acme.ev_rest (
    id integer NOT NULL,
    at date NOT NULL,
    note text,
    CONSTRAINT noted CHECK ((note <> '-'::text))
);


--
-- Name: numbers; Type: SEQUENCE; Schema: acme; Owner: postgres
--

CREATE SEQUENCE acme.numbers
    AS integer
    START WITH 7
    INCREMENT BY 5
    NO MINVALUE
    MAXVALUE 1000
    CACHE 1
    CYCLE;


--
-- Name: users; Type: TABLE; Schema: acme; Owner: postgres
--

CREATE TABLE acme.users (
    id bigint NOT NULL,
    m acme.mood DEFAULT 'sad'::acme.mood,
    p acme.pair,
    s acme.span,
    n acme.amount,
    mail acme.email,
    name text NOT NULL COLLATE pg_catalog."C",
    twice integer GENERATED ALWAYS AS (acme.double(3)) STORED,
    nr integer DEFAULT nextval('acme.numbers'::regclass),
    tags text[],
    moods acme.mood[],
    j jsonb,
    b bytea,
    f double precision,
    ts timestamp with time zone,
    key uuid DEFAULT public.gen_random_uuid(),
    pw text DEFAULT public.crypt('x'::text, public.gen_salt('bf'::text)),
    CONSTRAINT users_name_check CHECK ((name <> ''::text))
);
ALTER TABLE ONLY acme.users ALTER COLUMN name SET STATISTICS 50;
ALTER TABLE ONLY acme.users ALTER COLUMN name SET STORAGE EXTERNAL;

ALTER TABLE ONLY acme.users REPLICA IDENTITY FULL;


--
-- Name: TABLE users; Type: COMMENT; Schema: acme; Owner: postgres
--

COMMENT ON TABLE acme.users IS 'u;
\.';


--
-- Name: COLUMN users.name; Type: COMMENT; Schema: acme; Owner: postgres
--

COMMENT ON COLUMN acme.users.name IS 'what''s acme.users it';


--
-- Name: names; Type: VIEW; Schema: acme; Owner: postgres
--

CREATE VIEW acme.names WITH (security_barrier='true') AS
 SELECT users.name,
    users.n
   FROM acme.users;


--
-- Name: mat; Type: MATERIALIZED VIEW; Schema: acme; Owner: postgres
--

CREATE MATERIALIZED VIEW acme.mat AS
 SELECT count(*) AS c,
    acme.atomic() AS a
   FROM acme.names
  WITH NO DATA;


--
-- Name: nocols; Type: TABLE; Schema: acme; Owner: postgres
--

CREATE TABLE acme.nocols (
);


SET SESSION AUTHORIZATION 'app_owner';

--
-- Name: orders; Type: TABLE; Schema: acme; Owner: app_owner
--

CREATE TABLE acme.orders (
    id integer NOT NULL,
    u bigint,
    ev integer,
    at date
);


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: schema_migrations; Type: TABLE; Schema: acme; Owner: postgres
--

CREATE TABLE acme.schema_migrations (
    version character varying NOT NULL
);


--
-- Name: users_id_seq; Type: SEQUENCE; Schema: acme; Owner: postgres
--

CREATE SEQUENCE acme.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: users_id_seq; Type: SEQUENCE OWNED BY; Schema: acme; Owner: postgres
--

ALTER SEQUENCE acme.users_id_seq OWNED BY acme.users.id;


--
-- Name: ev1; Type: TABLE ATTACH; Schema: acme; Owner: postgres
--

ALTER TABLE ONLY acme.ev ATTACH PARTITION acme.ev1 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');


--
-- Name: ev_rest; Type: TABLE ATTACH; Schema: acme; Owner: postgres
--

ALTER TABLE ONLY acme.ev ATTACH PARTITION acme.ev_rest DEFAULT;


--
-- Name: names n; Type: DEFAULT; Schema: acme; Owner: postgres
--

ALTER TABLE ONLY acme.names ALTER COLUMN n SET DEFAULT 4;


--
-- Name: users id; Type: DEFAULT; Schema: acme; Owner: postgres
--

ALTER TABLE ONLY acme.users ALTER COLUMN id SET DEFAULT nextval('acme.users_id_seq'::regclass);


--
-- Data for Name: Odd "Names; Type: TABLE DATA; Schema: acme; Owner: postgres
--

COPY acme."Odd ""Names" ("The Key", "select", "acme.users") FROM stdin;
10	\N	acme.users
11		\\.
\.


--
-- Data for Name: ev1; Type: TABLE DATA; Schema: acme; Owner: postgres
--

COPY acme.ev1 (id, at, note) FROM stdin;
1	2025-05-05	in
\.


--
-- Data for Name: ev_rest; Type: TABLE DATA; Schema: acme; Owner: postgres
--

COPY acme.ev_rest (id, at, note) FROM stdin;
2	2030-01-01	rest
\.


--
-- Data for Name: nocols; Type: TABLE DATA; Schema: acme; Owner: postgres
--

COPY acme.nocols  FROM stdin;

\.


SET SESSION AUTHORIZATION 'app_owner';

--
-- Data for Name: orders; Type: TABLE DATA; Schema: acme; Owner: app_owner
--

COPY acme.orders (id, u, ev, at) FROM stdin;
1	1	1	2025-05-05
\.


SET SESSION AUTHORIZATION 'postgres';

--
-- Data for Name: schema_migrations; Type: TABLE DATA; Schema: acme; Owner: postgres
--

COPY acme.schema_migrations (version) FROM stdin;
20250101
\.


--
-- Data for Name: users; Type: TABLE DATA; Schema: acme; Owner: postgres
--

COPY acme.users (id, m, p, s, n, mail, name, nr, tags, moods, j, b, f, ts, key, pw) FROM stdin;
1	sad	(1,"x,y")	\N	1	a@b	tab\t\\ back's\nline\r\b\fv end	12	{a,"b c",NULL}	{sad,o'k}	{"a": "\\n\\t\\\\"}	\\x00ff5c	NaN	infinity	7ce4b876-43af-42ed-896d-5adc2467d280	$2a$06$zVrsMj0yovf7xXZe9301J.o7YyvJ5WaeglBPcBb047UZd8GUq0FXW
2	sad	\N	\N	1	\N	\\N	17	\N	{}	null	\\x	-Infinity	2024-12-31 22:00:00+00	a3482c32-1f79-4719-a215-e86fb94bdb70	$2a$06$BhqNwEkGExU1lt4jT/1Xy.WukuyVA24DZIyZUm4MrB1HIuNn3uIme
3	sad	(,"")	\N	1	Ä@𝄞	\\.	22	{}	\N	\N	\N	1e-300	\N	d799fe8c-297a-4a49-becc-bc73474999b1	$2a$06$FaaQ8r3slPCr3pbhE2DmpOma4yIdH2taXZeg62LluDJxftarJo6OW
4	sad	\N	\N	1	\N	; -- $$ acme.users	27	\N	\N	\N	\N	\N	\N	8223ad94-a4fd-4723-9766-a3dfedf0e67a	$2a$06$xbvuRdsTJyDI6ihUvnx0XuQGFwOkuzcjjy4bLOGSX7UsepsvvE2MK
\.


--
-- Name: Odd "Names_The Key_seq; Type: SEQUENCE SET; Schema: acme; Owner: postgres
--

SELECT pg_catalog.setval('acme."Odd ""Names_The Key_seq"', 11, true);


--
-- Name: ev_id_seq; Type: SEQUENCE SET; Schema: acme; Owner: postgres
--

SELECT pg_catalog.setval('acme.ev_id_seq', 2, true);


--
-- Name: numbers; Type: SEQUENCE SET; Schema: acme; Owner: postgres
--

SELECT pg_catalog.setval('acme.numbers', 27, true);


--
-- Name: users_id_seq; Type: SEQUENCE SET; Schema: acme; Owner: postgres
--

SELECT pg_catalog.setval('acme.users_id_seq', 4, true);


--
-- Name: ev ev_pkey; Type: CONSTRAINT; Schema: acme; Owner: postgres
--

ALTER TABLE ONLY acme.ev
    ADD CONSTRAINT ev_pkey PRIMARY KEY (id, at);


--
-- Name: ev1 ev1_pkey; Type: CONSTRAINT; Schema: acme; Owner: postgres
--

ALTER TABLE ONLY acme.ev1
    ADD CONSTRAINT ev1_pkey PRIMARY KEY (id, at);


--
-- Name: ev_rest ev_rest_pkey; Type: CONSTRAINT; Schema: acme; Owner: postgres
--

ALTER TABLE ONLY acme.ev_rest
    ADD CONSTRAINT ev_rest_pkey PRIMARY KEY (id, at);


SET SESSION AUTHORIZATION 'app_owner';

--
-- Name: orders orders_int4range_excl; Type: CONSTRAINT; Schema: acme; Owner: app_owner
--

ALTER TABLE ONLY acme.orders
    ADD CONSTRAINT orders_int4range_excl EXCLUDE USING gist (int4range(id, (id + 1)) WITH &&);


--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: acme; Owner: app_owner
--

ALTER TABLE ONLY acme.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: schema_migrations schema_migrations_pkey; Type: CONSTRAINT; Schema: acme; Owner: postgres
--

ALTER TABLE ONLY acme.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);


--
-- Name: users users_name_key; Type: CONSTRAINT; Schema: acme; Owner: postgres
--

ALTER TABLE ONLY acme.users
    ADD CONSTRAINT users_name_key UNIQUE (name);


--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: acme; Owner: postgres
--

ALTER TABLE ONLY acme.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE acme.users CLUSTER ON users_pkey;


--
-- Name: by_name; Type: INDEX; Schema: acme; Owner: postgres
--

CREATE UNIQUE INDEX by_name ON acme.users USING btree (lower(name)) INCLUDE (n) WHERE ((n)::integer > 1);


--
-- Name: ev_note; Type: INDEX; Schema: acme; Owner: postgres
--

CREATE INDEX ev_note ON ONLY acme.ev USING btree (note);


--
-- Name: ev1_note_idx; Type: INDEX; Schema: acme; Owner: postgres
--

CREATE INDEX ev1_note_idx ON acme.ev1 USING btree (note);


--
-- Name: ev_rest_note_idx; Type: INDEX; Schema: acme; Owner: postgres
--

CREATE INDEX ev_rest_note_idx ON acme.ev_rest USING btree (note);


--
-- Name: mat_c; Type: INDEX; Schema: acme; Owner: postgres
--

CREATE UNIQUE INDEX mat_c ON acme.mat USING btree (c);


--
-- Name: ev1_note_idx; Type: INDEX ATTACH; Schema: acme; Owner: postgres
--

ALTER INDEX acme.ev_note ATTACH PARTITION acme.ev1_note_idx;


--
-- Name: ev1_pkey; Type: INDEX ATTACH; Schema: acme; Owner: postgres
--

ALTER INDEX acme.ev_pkey ATTACH PARTITION acme.ev1_pkey;


--
-- Name: ev_rest_note_idx; Type: INDEX ATTACH; Schema: acme; Owner: postgres
--

ALTER INDEX acme.ev_note ATTACH PARTITION acme.ev_rest_note_idx;


--
-- Name: ev_rest_pkey; Type: INDEX ATTACH; Schema: acme; Owner: postgres
--

ALTER INDEX acme.ev_pkey ATTACH PARTITION acme.ev_rest_pkey;


--
-- Name: st; Type: STATISTICS; Schema: acme; Owner: postgres
--

CREATE STATISTICS acme.st (dependencies) ON n, nr FROM acme.users;


--
-- Name: grouped _RETURN; Type: RULE; Schema: acme; Owner: postgres
--

CREATE OR REPLACE VIEW acme.grouped AS
 SELECT users.id,
    users.name,
    count(*) AS c
   FROM acme.users
  GROUP BY users.id;


--
-- Name: nocols r; Type: RULE; Schema: acme; Owner: postgres
--

CREATE RULE r AS
    ON DELETE TO acme.nocols DO INSTEAD NOTHING;


--
-- Name: users ct; Type: TRIGGER; Schema: acme; Owner: postgres
--

CREATE CONSTRAINT TRIGGER ct AFTER INSERT ON acme.users DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW EXECUTE FUNCTION acme.touch();


--
-- Name: ev evt; Type: TRIGGER; Schema: acme; Owner: postgres
--

CREATE TRIGGER evt AFTER INSERT ON acme.ev FOR EACH ROW EXECUTE FUNCTION acme.touch();


--
-- Name: users t; Type: TRIGGER; Schema: acme; Owner: postgres
--

CREATE TRIGGER t BEFORE UPDATE OF name ON acme.users FOR EACH ROW EXECUTE FUNCTION acme.touch();

ALTER TABLE acme.users DISABLE TRIGGER t;


--
-- Name: TRIGGER t ON users; Type: COMMENT; Schema: acme; Owner: postgres
--

COMMENT ON TRIGGER t ON acme.users IS 't';


SET SESSION AUTHORIZATION 'app_owner';

--
-- Name: orders orders_ev_at_fkey; Type: FK CONSTRAINT; Schema: acme; Owner: app_owner
--

ALTER TABLE ONLY acme.orders
    ADD CONSTRAINT orders_ev_at_fkey FOREIGN KEY (ev, at) REFERENCES acme.ev(id, at);


--
-- Name: orders orders_u_fkey; Type: FK CONSTRAINT; Schema: acme; Owner: app_owner
--

ALTER TABLE ONLY acme.orders
    ADD CONSTRAINT orders_u_fkey FOREIGN KEY (u) REFERENCES acme.users(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: users own; Type: POLICY; Schema: acme; Owner: postgres
--

CREATE POLICY own ON acme.users AS RESTRICTIVE FOR UPDATE TO app_reader USING ((name = CURRENT_USER)) WITH CHECK (((n)::integer > 0));


--
-- Name: users; Type: ROW SECURITY; Schema: acme; Owner: postgres
--

ALTER TABLE acme.users ENABLE ROW LEVEL SECURITY;

--
-- Name: SCHEMA acme; Type: ACL; Schema: -; Owner: postgres
--

GRANT USAGE ON SCHEMA acme TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: TABLE grouped; Type: ACL; Schema: acme; Owner: postgres
--

GRANT SELECT ON TABLE acme.grouped TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: FUNCTION double(i integer); Type: ACL; Schema: acme; Owner: postgres
--

GRANT ALL ON FUNCTION acme.double(i integer) TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: TABLE "Odd ""Names"; Type: ACL; Schema: acme; Owner: postgres
--

GRANT SELECT ON TABLE acme."Odd ""Names" TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: TABLE ev; Type: ACL; Schema: acme; Owner: postgres
--

GRANT SELECT ON TABLE acme.ev TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: TABLE ev1; Type: ACL; Schema: acme; Owner: postgres
--

GRANT SELECT ON TABLE acme.ev1 TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: TABLE ev_rest; Type: ACL; Schema: acme; Owner: postgres
--

GRANT SELECT ON TABLE acme.ev_rest TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: TABLE users; Type: ACL; Schema: acme; Owner: postgres
--

GRANT SELECT ON TABLE acme.users TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: COLUMN users.name; Type: ACL; Schema: acme; Owner: postgres
--

GRANT INSERT(name) ON TABLE acme.users TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: TABLE names; Type: ACL; Schema: acme; Owner: postgres
--

GRANT SELECT ON TABLE acme.names TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: TABLE mat; Type: ACL; Schema: acme; Owner: postgres
--

GRANT SELECT ON TABLE acme.mat TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: TABLE nocols; Type: ACL; Schema: acme; Owner: postgres
--

GRANT SELECT ON TABLE acme.nocols TO app_reader;


SET SESSION AUTHORIZATION 'app_owner';

--
-- Name: TABLE orders; Type: ACL; Schema: acme; Owner: app_owner
--

GRANT SELECT ON TABLE acme.orders TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: TABLE schema_migrations; Type: ACL; Schema: acme; Owner: postgres
--

GRANT SELECT ON TABLE acme.schema_migrations TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: DEFAULT PRIVILEGES FOR TABLES; Type: DEFAULT ACL; Schema: acme; Owner: postgres
--

ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA acme GRANT SELECT ON TABLES  TO app_reader;


SET SESSION AUTHORIZATION 'postgres';

--
-- Name: mat; Type: MATERIALIZED VIEW DATA; Schema: acme; Owner: postgres
--

REFRESH MATERIALIZED VIEW acme.mat;


--
-- PostgreSQL database dump complete
--

\unrestrict SSmiN2aVlJEy73v5nt9gTouAowAZxjTiZFYHDctRKcgZRCjg3fh3TBFjQhBMFb1

