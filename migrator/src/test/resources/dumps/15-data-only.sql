--
-- PostgreSQL database dump
--

\restrict PqJwcmiha8yJ7ucoi7N2YQj4Q3XGwEIkWOccWKJqPSz9v6xXkdIKQHXPqIsYcXe

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
-- Data for Name: orders; Type: TABLE DATA; Schema: acme; Owner: app_owner
--

COPY acme.orders (id, u, ev, at) FROM stdin;
1	1	1	2025-05-05
\.


--
-- Data for Name: schema_migrations; Type: TABLE DATA; Schema: acme; Owner: postgres
--

COPY acme.schema_migrations (version) FROM stdin;
20250101
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
-- PostgreSQL database dump complete
--

\unrestrict PqJwcmiha8yJ7ucoi7N2YQj4Q3XGwEIkWOccWKJqPSz9v6xXkdIKQHXPqIsYcXe

