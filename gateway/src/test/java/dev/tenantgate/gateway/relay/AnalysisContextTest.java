package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.settings.Whereabouts;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * An {@link AnalysisContext}: a statement that is prepared anew is analysed with the parameters and
 * by the rights of the moment in which its client prepared it.
 */
class AnalysisContextTest {

  private static final String[] RUN = {"2", "D 1", "C SELECT 1", "Z I"};
  private static final List<String> OWN = List.of("1", "2", "C SET", "3", "3");
  private static final SessionSettings DMY = SessionSettings.of(Map.of("datestyle", "dmy"));
  private static final Whereabouts LOGIN = new Whereabouts(null, null, null);
  private static final Whereabouts CLERK = new Whereabouts(null, "clerk", null);

  private static AnalysisDetour detour(
      AnalysisContext.Now now, String sql, @Nullable Object settings, @Nullable Object user) {
    ByteBuf text = Unpooled.copiedBuffer(sql + "\0", StandardCharsets.UTF_8);
    return AnalysisContext.detour(now, text, settings, user);
  }

  private static AnalysisContext.Now now(
      @Nullable SessionSettings settings, @Nullable Whereabouts user) {
    return new AnalysisContext.Now(settings, user);
  }

  // ---- the way to another moment

  @Test
  void sameMomentIsNoDetour() {
    assertThat(detour(now(DMY, CLERK), "select 1", DMY, CLERK)).isSameAs(AnalysisDetour.NONE);
  }

  @Test
  void momentThatNobodyKnewIsNoDetour() {
    assertThat(detour(now(DMY, CLERK), "select 1", null, null)).isSameAs(AnalysisDetour.NONE);
  }

  @Test
  void commandThatIsNotAboutRowsIsAnalysedWhenItIsRun() {
    AnalysisContext.Now now = now(SessionSettings.NONE, LOGIN);
    assertThat(detour(now, "vacuum", DMY, CLERK)).isSameAs(AnalysisDetour.NONE);
  }

  @Test
  void parametersLeadThereAndBack() {
    AnalysisDetour detour = detour(now(DMY, LOGIN), "select 1", SessionSettings.NONE, LOGIN);
    assertThat(detour.there()).containsExactly(";RESET \"datestyle\"");
    assertThat(detour.back()).containsExactly(";SET SESSION \"datestyle\" TO E'dmy'");
  }

  @Test
  void parametersThatNobodyKnowsAreLeft() {
    assertThat(detour(now(null, CLERK), "select 1", DMY, CLERK)).isSameAs(AnalysisDetour.NONE);
    AnalysisDetour detour = detour(now(null, CLERK), "select 1", DMY, LOGIN);
    assertThat(detour.there()).containsExactly(";SET LOCAL \"role\" TO DEFAULT");
  }

  @Test
  void roleReadsNamesWithoutParameters() {
    AnalysisDetour detour = detour(now(DMY, LOGIN), "select 1", DMY, CLERK);
    assertThat(detour.there()).containsExactly(";SET LOCAL \"role\" TO E'clerk'");
    assertThat(detour.back()).containsExactly(";SET LOCAL \"role\" TO DEFAULT");
  }

  @Test
  void parametersAreSetAsTheLoginAndReadAsTheRole() {
    AnalysisDetour detour = detour(now(SessionSettings.NONE, CLERK), "select 1", DMY, CLERK);
    assertThat(detour.there())
        .containsExactly(
            ";SET LOCAL \"role\" TO DEFAULT",
            ";SET SESSION \"datestyle\" TO E'dmy'",
            ";SET LOCAL \"role\" TO E'clerk'");
  }

  @Test
  void userThatNobodyKnowsIsLeftForTheOneOfThen() {
    AnalysisDetour detour = detour(now(DMY, null), "select 1", DMY, CLERK);
    assertThat(detour.there()).hasSize(4).last().isEqualTo(";SET LOCAL \"role\" TO E'clerk'");
    assertThat(detour.back()).hasSize(2);
  }

  @Test
  void namesBeyondAsciiAreNotWritten() {
    SessionSettings unwritten = SessionSettings.of(Map.of("xmloption", "é"));
    Whereabouts role = new Whereabouts(null, "é", null);
    Whereabouts user = new Whereabouts(null, null, "é");
    AnalysisContext.Now now = now(SessionSettings.NONE, LOGIN);
    assertThat(detour(now, "select 1", unwritten, role)).isSameAs(AnalysisDetour.NONE);
    assertThat(detour(now, "select 1", unwritten, user)).isSameAs(AnalysisDetour.NONE);
    assertThat(detour(now(unwritten, LOGIN), "select 1", SessionSettings.NONE, LOGIN))
        .isSameAs(AnalysisDetour.NONE);
  }

  @Test
  void userBeyondAsciiIsKeptAtTheServer() {
    Whereabouts user = new Whereabouts(null, null, "é");
    AnalysisDetour detour = detour(now(DMY, user), "select 1", DMY, CLERK);
    assertThat(detour.there()).hasSize(4).first().asString().contains("tenantgate.kept_");
  }

  // ---- what a client has

  private static void prepared(ScriptedClient client) {
    client.sends("P s select 1", "S").server().sees("P s select 1", "D S s", "S");
    client.server().says("1", "t", "T", "Z I");
    client.gets("1", "Z I");
  }

  private static void sets(ScriptedClient client, String name, String value) {
    String sql = "set " + name + " to '" + value + "'";
    client.sends("Q " + sql);
    client.server().sees("Q " + sql).has(name, value).says("C SET", "Z I");
    client.gets("C SET", "Z I");
  }

  /** The backend has gone; on the next one there is nothing of the client's. */
  private static ScriptedServer onAnother(Wire wire, ScriptedClient client) {
    wire.servers().get(wire.servers().size() - 1).dies();
    client.sends("B s", "E", "S");
    return wire.servers().get(wire.servers().size() - 1);
  }

  /** The messages that run a statement of the gateway's. */
  private static List<String> own(String sql) {
    return List.of("P o " + sql, "B o@o", "E o 0", "C P o", "C S o");
  }

  /** The statement is prepared anew, between statements of the gateway's. */
  private static void isPrepared(
      ScriptedServer server, List<String> there, List<String> back, String... before) {
    List<String> messages = new ArrayList<>(List.of(before));
    List<String> answers = new ArrayList<>();
    there.forEach(sql -> messages.addAll(own(sql)));
    messages.addAll(List.of("P s select 1", "D S s"));
    back.forEach(sql -> messages.addAll(own(sql)));
    messages.add("H");
    answers.addAll(before.length == 0 ? List.of() : List.of("1", "2", "C SET", "Z T"));
    there.forEach(sql -> answers.addAll(OWN));
    answers.addAll(List.of("1", "t", "T"));
    back.forEach(sql -> answers.addAll(OWN));
    server.sees(messages.toArray(String[]::new)).says(answers.toArray(String[]::new));
  }

  private static void isRun(ScriptedClient client, ScriptedServer server, String status) {
    server.sees("B s", "E", "S").says("2", "D 1", "C SELECT 1", status);
    client.gets("2", "D 1", "C SELECT 1", status);
  }

  @WireTest(Mode.TRANSACTION)
  void parameterOfThenIsSetForTheAnalysisAlone(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    sets(acme, "xmloption", "document");
    prepared(acme);
    sets(acme, "xmloption", "content");
    ScriptedServer next = onAnother(wire, acme);
    isPrepared(
        next,
        List.of("SET SESSION \"xmloption\" TO E'document'"),
        List.of("SET SESSION \"xmloption\" TO E'content'"));
    isRun(acme, next, "Z I");
    acme.runs("B s & E & S", RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void parameterThatAnalysisDoesNotReadStays(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    sets(acme, "work_mem", "8MB");
    prepared(acme);
    sets(acme, "work_mem", "16MB");
    ScriptedServer next = onAnother(wire, acme);
    isPrepared(next, List.of(), List.of());
    isRun(acme, next, "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void roleOfThenReadsTheNames(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme);
    sets(acme, "role", "clerk");
    ScriptedServer next = onAnother(wire, acme);
    isPrepared(
        next, List.of("SET LOCAL \"role\" TO DEFAULT"), List.of("SET LOCAL \"role\" TO E'clerk'"));
    isRun(acme, next, "Z I");
  }

  /** The user that the server alone knows is kept there, and put back. */
  private static void isPreparedForTheLogin(ScriptedServer server, String... before) {
    isPrepared(
        server,
        List.of(
            kept("tenantgate.kept_session_authorization", "session_authorization"),
            kept("tenantgate.kept_role", "role"),
            "SET LOCAL \"session_authorization\" TO DEFAULT",
            "SET LOCAL \"role\" TO DEFAULT"),
        List.of(
            kept("session_authorization", "tenantgate.kept_session_authorization"),
            kept("role", "tenantgate.kept_role")),
        before);
  }

  private static String kept(String to, String from) {
    return "SELECT pg_catalog.set_config('%s', pg_catalog.current_setting('%s'), true)"
        .formatted(to, from);
  }

  @WireTest(Mode.TRANSACTION)
  void roleOfABatchThatMayFailIsKnownToTheServerAlone(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme);
    wire.server().dies();
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("P - set role clerk", "B -", "E", "S", "B s", "E", "S");
    ScriptedServer next = wire.servers().get(1);
    isPreparedForTheLogin(next, "P - set role clerk", "B -", "E", "S");
    acme.gets("1", "2", "C SET", "Z T");
    isRun(acme, next, "Z T");
    acme.sends("Q rollback").server().sees("Q rollback").says("C ROLLBACK", "Z I");
    acme.gets("C ROLLBACK", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void roleOfABatchThatIsAnsweredIsKnown(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme);
    wire.server().dies();
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q set local role clerk", "C SET", "Z T");
    acme.sends("B s", "E", "S");
    ScriptedServer next = wire.servers().get(1);
    isPrepared(
        next, List.of("SET LOCAL \"role\" TO DEFAULT"), List.of("SET LOCAL \"role\" TO E'clerk'"));
    isRun(acme, next, "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void roleBehindAnErrorIsKnownToTheServerAlone(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme);
    wire.server().dies();
    acme.runs("Q begin; savepoint a", "C BEGIN", "C SAVEPOINT", "Z T");
    acme.runs("Q set local role clerk", "C SET", "Z T");
    acme.runs("Q select 1/0", "E 22012", "Z E");
    acme.runs("Q rollback to a", "C ROLLBACK", "Z T");
    acme.sends("B s", "E", "S");
    ScriptedServer next = wire.servers().get(1);
    isPreparedForTheLogin(next);
    isRun(acme, next, "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void parametersThatSomethingUnseenMayHaveSetAreLeft(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    sets(acme, "xmloption", "document");
    prepared(acme);
    sets(acme, "xmloption", "content");
    wire.server().dies();
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q select go()", "T", "D 1", "C SELECT 1", "Z T");
    acme.sends("B s", "E", "S");
    ScriptedServer next = wire.servers().get(1);
    isPreparedForTheLogin(next);
    isRun(acme, next, "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  private static final String DOCUMENT = "SET SESSION \"xmloption\" TO E'document'";
  private static final String CONTENT = "SET SESSION \"xmloption\" TO E'content'";

  @WireTest(Mode.TRANSACTION)
  void statementThatSqlNamesIsAnalysedAsOfThen(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    sets(acme, "xmloption", "document");
    prepared(acme);
    sets(acme, "xmloption", "content");
    acme.sends("Q execute s");
    ScriptedServer server = acme.server();
    List<String> messages = new ArrayList<>(own(DOCUMENT));
    messages.add("P s select 1");
    messages.addAll(own(CONTENT));
    messages.addAll(List.of("S", "Q execute s", "C S s", "S"));
    server.sees(messages.toArray(String[]::new));
    server.says(OWN.toArray(String[]::new)).says("1").says(OWN.toArray(String[]::new));
    server.says("Z I").says("T", "D 1", "C SELECT 1", "Z I").says("3", "Z I");
    acme.gets("T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void statementThatABatchNamesIsAnalysedAsOfThen(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    sets(acme, "xmloption", "document");
    prepared(acme);
    sets(acme, "xmloption", "content");
    acme.sends("P - execute s", "B -", "E", "S");
    ScriptedServer server = acme.server();
    List<String> messages = new ArrayList<>(own(DOCUMENT));
    messages.add("P s select 1");
    messages.addAll(own(CONTENT));
    messages.addAll(List.of("P - execute s", "B -", "E", "S", "C S s", "S"));
    server.sees(messages.toArray(String[]::new));
    server.says(OWN.toArray(String[]::new)).says("1").says(OWN.toArray(String[]::new));
    server.says("1").says(RUN).says("3", "Z I");
    acme.gets("1", "2", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void unnamedStatementIsAnalysedAsOfThen(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    String set = "set xmloption to 'content'";
    acme.sends("P r " + set, "S").server().sees("P r " + set, "D S r", "S");
    acme.server().says("1", "t", "n", "Z I");
    acme.gets("1", "Z I");
    sets(acme, "xmloption", "document");
    acme.sends("P - select 1", "S").server().sees("P - select 1", "D S -", "S");
    acme.server().says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    acme.sends("B r", "E", "S").server().sees("B r", "E", "S").has("xmloption", "content");
    acme.server().says("2", "C SET", "Z I");
    acme.gets("2", "C SET", "Z I");
    wire.server().dies();
    acme.sends("B -", "E", "S");
    ScriptedServer next = wire.servers().get(1);
    List<String> messages = new ArrayList<>(own(DOCUMENT));
    messages.add("P - select 1");
    messages.addAll(own(CONTENT));
    messages.addAll(List.of("D S -", "H"));
    next.sees(messages.toArray(String[]::new));
    next.says(OWN.toArray(String[]::new)).says("1").says(OWN.toArray(String[]::new));
    next.says("t", "T").sees("B -", "E", "S").says(RUN);
    acme.gets(RUN);
  }
}
