package dev.tenantgate.gateway.routines;

import java.util.List;

/**
 * A body, and what its words tell of it.
 *
 * @param name for people
 * @param text the body
 * @param does a letter for each of {@link RoutinePattern}: anything, path, state, untraceable,
 *     sequence; empty for a harmless one
 */
record RoutineBody(String name, String text, String does) {

  static List<RoutineBody> all() {
    return List.of(
        // ---- harmless
        body("a query", "select 1", ""),
        body("nothing", "", ""),
        body("an update", "update t set a = 1 where b = 2", ""),
        body("an update with an alias", "update t as x\n  set a = 1", ""),
        body("an upsert", "insert into t values (1) on conflict do update set a = 1", ""),
        body(
            "an insert that may do nothing", "insert into t values (1) on conflict do nothing", ""),
        body("a block", "begin if n > 0 then return n; else return 0; end if; end", ""),
        body("a loop", "begin for r in select * from t loop n := n + r.a; end loop; end", ""),
        body("an exception", "begin return 1; exception when others then return 2; end", ""),
        body("a parameter read", "select current_setting('app.tenant', true)", ""),
        body("a lock of the transaction", "select pg_advisory_xact_lock(1)", ""),
        body("an unlock", "select pg_advisory_unlock_all()", ""),
        body("a sequence advanced", "select nextval('s')", ""),
        body("a notification", "begin perform pg_notify('c', 'x'); end", ""),
        body(
            "words within words",
            "select created, dropped, recall, template, threshold from t",
            ""),
        body("a column like a word", "select t.reset_at, t.is_temporary_ from t", ""),
        body("offset", "select * from t limit 1 offset 2", ""),
        body("a set returning function", "begin return query select 1; end", ""),
        body("an ampersand", "select a & b from t", ""),
        // ---- set_config
        body("set_config", "select set_config('work_mem', '1MB', false)", "AP"),
        body("in capitals", "SELECT SET_CONFIG('work_mem', '1MB', FALSE)", "AP"),
        body("with a schema", "select pg_catalog.set_config('role', 'x', false)", "AP"),
        body("quoted", "select \"set_config\"('role', 'x', false)", "AP"),
        body("with spaces", "select set_config\n (\n 'search_path', 'x', false)", "AP"),
        body("of a parameter with a dot", "select set_config('app.tenant', 'x', false)", "A"),
        body("of one with two", "select set_config('app.a.b', 'x', false)", "A"),
        body("of a computed one with a dot", "select set_config('app.' || k, 'x', false)", "AP"),
        body("of an argument", "select set_config($1, $2, false)", "AP"),
        body("in a comment", "select /* set_config */ 1", "AP"),
        body("within a longer name", "select my_set_config(1)", ""),
        // ---- SET
        body("a first SET", "set search_path to x", "AP"),
        body("a later one", "select 1; set role x", "AP"),
        body("one in a block", "begin set work_mem = '1MB'; end", "AP"),
        body("one in capitals", "BEGIN SET Work_Mem TO '1MB'; END", "AP"),
        body("one behind a comment", "begin /* x */ set work_mem to '1MB'; end", "AP"),
        body("one behind a line's comment", "begin -- x\n set work_mem to '1MB'; end", "AP"),
        body("one in a branch", "begin if a then set role x; end if; end", "AP"),
        body("one in another", "begin if a then null; else set role x; end if; end", "AP"),
        body("one in a loop", "begin loop set role x; end loop; end", "AP"),
        body("one behind a label", "begin <<l>> set role x; end", "AP"),
        body("one that is local", "begin set local role x; end", "AP"),
        body("one with a dot", "begin set app.tenant to 'x'; end", "A"),
        body("one with a dot, session", "begin set session app.tenant = 'x'; end", "A"),
        body("one of the user", "begin set session authorization x; end", "AP"),
        body("one in a literal", "begin perform f('set role x'); end", "AP"),
        body("one in a dollar quote", "begin perform f($x$ set role x $x$); end", "AP"),
        body("a RESET", "begin reset all; end", "AP"),
        body("a DISCARD", "begin discard all; end", "AP"),
        // ---- dynamic SQL
        body("EXECUTE", "begin execute 'SE' || 'T x TO y'; end", "AP"),
        body("EXECUTE format", "begin execute format('select %I', n); end", "AP"),
        body("EXECUTE of an argument", "begin execute q using a; end", "AP"),
        body("a query returned", "begin return query execute q; end", "AP"),
        body("a DO", "begin do $x$ begin null; end $x$; end", "AP"),
        body("a CALL", "begin call p(1); end", "AP"),
        body("a text as XML", "select query_to_xml($1, true, false, '')", "AP"),
        body("a table as XML", "select table_to_xml_and_xmlschema('t', true, false, '')", "AP"),
        body("ts_stat", "select * from ts_stat($1)", "AP"),
        body("ts_rewrite", "select ts_rewrite('a'::tsquery, $1)", "AP"),
        body("a type's input", "select domain_in($1, 1, -1)", "AP"),
        body("an escaped name", "select U&\"\\0073et_config\"('a', 'b', false)", "AP"),
        body("the view of parameters", "update pg_settings set setting = 'x'", "AP"),
        // ---- definitions
        body("a function", "begin create or replace function f() returns int as ''; end", "AP"),
        body("a table", "begin create table x(a int); end", "AP"),
        body("an index", "begin create index on t(a); end", "A"),
        body("an alteration", "begin alter default privileges grant all on tables to x; end", "A"),
        body("a trigger", "begin create constraint trigger x; end", "AP"),
        body("a drop", "begin drop table x; end", "A"),
        // ---- state
        body("a lock", "select pg_advisory_lock(1)", "AS"),
        body("a lock that may fail", "select pg_catalog.pg_try_advisory_lock_shared(1)", "AS"),
        body("a temporary table", "begin create temp table x(a int); end", "AS"),
        body("the same, longer", "begin CREATE LOCAL TEMPORARY TABLE x(a int); end", "AS"),
        body(
            "one that goes by itself", "begin create temp table x(a int) on commit drop; end", "A"),
        body("one by SELECT", "begin select 1 into temp x; end", "AS"),
        body("one by its schema", "begin insert into pg_temp.x values (1); end", "AS"),
        body("one by a number", "select * from pg_temp_3.x", "AS"),
        body("one by the path", "begin set search_path to pg_temp, x; end", "APS"),
        body("a path that ends there", "begin set search_path to x, pg_temp; end", "AP"),
        body("LISTEN", "begin listen c; end", "AS"),
        body("UNLISTEN", "begin unlisten c; end", "A"),
        body("a cursor", "begin execute 'declare c cursor with hold for select 1'; end", "APS"),
        body("a cursor, spaced", "declare c cursor with  hold for select 1", "AS"),
        body("PREPARE", "prepare p (int) as select $1", "AS"),
        body("PREPARE in a literal", "begin perform f('prepare p as select 1'); end", "AS"),
        body("DEALLOCATE", "begin deallocate all; end", "A"),
        // ---- untraceable
        body("setseed", "select setseed(0.5)", "ASU"),
        body("SETSEED", "select SetSeed (0.5)", "ASU"),
        body("SET seed", "begin set seed to 0.5; end", "APSU"),
        body("LOAD", "begin load 'x'; end", "ASU"),
        body("dblink", "select dblink_connect_u('c', 'x')", "ASU"),
        body("dblink without a name", "select * from dblink('x', 'select 1') t(a int)", "A"),
        body("an origin", "select pg_replication_origin_session_setup('x')", "ASU"),
        body("a backup", "select pg_backup_start('x')", "ASU"),
        body("an older backup", "select pg_start_backup('x')", "ASU"),
        body("a slot", "select pg_create_logical_replication_slot('x', 'y', true)", "ASU"),
        body("what Perl shares", "$_SHARED{x} = 1; return 1;", "ASU"),
        body("what Python shares", "GD['x'] = 1\nreturn 1", "ASU"),
        // ---- sequences
        body("currval", "select currval('s')", "Q"),
        body("lastval", "begin return pg_catalog.LASTVAL(); end", "Q"),
        body("lastval of another name", "select my_lastval()", ""));
  }

  private static RoutineBody body(String name, String text, String does) {
    return new RoutineBody(name, text, does);
  }

  @Override
  public String toString() {
    return name + ": " + text;
  }
}
