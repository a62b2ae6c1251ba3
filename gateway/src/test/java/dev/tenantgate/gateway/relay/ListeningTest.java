package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.notification.Notifications;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.Arrays;

/**
 * {@link Listening}: a pooled client's channels, and when it is told of a notification. Until then
 * that is among the {@link KeptNotifications}.
 */
class ListeningTest {

  private static final String BEGIN_TO_LISTEN =
      "Q SET client_encoding TO 'UTF8'; LISTEN " + Notifications.MARKS;

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  /** A client that listens to news, on the connection that does so for all. */
  static ScriptedClient listening(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer own = wire.server();
    acme.sends("Q listen news");
    own.sees("Q listen news").listensOn("news").says("C LISTEN", "Z I");
    acme.gets("C LISTEN");
    ScriptedServer ear = ear(wire);
    ear.sees(BEGIN_TO_LISTEN, "Q LISTEN \"news\";");
    ear.says("C SET", "C LISTEN", "Z I", "C LISTEN", "Z I");
    handsOver(wire, own);
    acme.gets("Z I");
    return acme;
  }

  static ScriptedServer ear(Wire wire) {
    return wire.servers().get(1);
  }

  /** All notifications that transactions have sent so far have come. */
  static void hasToldAll(Wire wire) {
    ear(wire).sees("Q ").says("I", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void isToldAtOnceBetweenTransactions(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer ear = ear(wire);
    ear.says("A 7 news first", "A 8 news second");
    acme.gets("A 7 news first", "A 8 news second");
  }

  @WireTest(Mode.TRANSACTION)
  void isToldBehindItsTransaction(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer own = wire.servers().get(0);
    ScriptedServer ear = ear(wire);
    long kept = wire.keptBytes(acme);
    acme.runs("Q begin", "C BEGIN", "Z T");
    ear.says("A 7 news told");
    acme.getsNothing();
    assertThat(wire.keptBytes(acme)).isGreaterThan(kept);
    acme.sends("Q commit");
    own.sees("Q commit").says("C COMMIT", "Z I");
    acme.gets("C COMMIT");
    hasToldAll(wire);
    acme.gets("A 7 news told", "Z I");
    assertThat(wire.keptBytes(acme)).isEqualTo(kept);
  }

  @WireTest(Mode.TRANSACTION)
  void isToldOfNothingMoreBehindAnUnlisten(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer own = wire.servers().get(0);
    ScriptedServer ear = ear(wire);
    for (String unlisten : new String[] {"unlisten news", "unlisten *"}) {
      acme.sends("Q " + unlisten);
      String seen = own.isAskedFor();
      assertThat(seen).startsWith("Q " + unlisten + ";LISTEN \"");
      String marker = seen.substring(seen.indexOf('"') + 1, seen.length() - 1);
      own.listensOn(marker).says("C UNLISTEN", "C LISTEN", "Z I");
      acme.gets("C UNLISTEN");
      ear.sees("Q UNLISTEN \"news\";").says("C UNLISTEN", "Z I");
      own.sees("Q UNLISTEN *").listensOn().says("C UNLISTEN", "Z I");
      acme.gets("Z I");
      ear.says("A 7 news told");
      acme.getsNothing();
      if (unlisten.equals("unlisten news")) {
        acme.sends("Q listen news");
        own.sees("Q listen news").listensOn("news").says("C LISTEN", "Z I");
        ear.sees("Q LISTEN \"news\";").says("C LISTEN", "Z I");
        handsOver(wire, own);
        acme.gets("C LISTEN", "Z I");
      }
    }
  }

  @WireTest(Mode.TRANSACTION)
  void listensNoMoreBehindADiscard(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer own = wire.servers().get(0);
    ScriptedServer ear = ear(wire);
    acme.sends("Q discard all");
    own.sees("Q discard all").keepsStatements(0).hasDefault("search_path");
    own.says("C DISCARD ALL", "Z I");
    ear.sees("Q UNLISTEN \"news\";").says("C UNLISTEN", "Z I");
    acme.gets("C DISCARD ALL", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void listensStillWhereTheUnlistenIsRolledBack(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer own = wire.servers().get(0);
    ScriptedServer ear = ear(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q unlisten news");
    own.hasSeen(1).says("C UNLISTEN", "C LISTEN", "Z T");
    acme.gets("C UNLISTEN", "Z T");
    acme.sends("Q rollback");
    own.sees("Q rollback").says("C ROLLBACK", "Z I");
    hasToldAll(wire);
    acme.gets("C ROLLBACK", "Z I");
    ear.says("A 7 news told");
    acme.gets("A 7 news told");
  }

  @WireTest(Mode.TRANSACTION)
  void whoLeavesIsListenedForNoMore(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer ear = ear(wire);
    acme.leaves();
    ear.sees("Q UNLISTEN \"news\";").says("C UNLISTEN", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void anotherClientOfTheChannelIsToldAsWell(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer own = wire.servers().get(0);
    ScriptedServer ear = ear(wire);
    ScriptedClient globex = wire.client("globex");
    globex.sends("Q listen news");
    own.sees("Q listen news").listensOn("news").says("C LISTEN", "Z I");
    hasToldAll(wire);
    handsOver(wire, own);
    globex.gets("C LISTEN", "Z I");
    ear.says("A 7 news told");
    acme.gets("A 7 news told");
    globex.gets("A 7 news told");
  }

  @WireTest(Mode.TRANSACTION)
  void sessionEndsThatMayHaveMissedSomething(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer ear = ear(wire);
    wire.serverIsReachable(false);
    ear.dies();
    assertThat(acme.isEndedByGateway()).isTrue();
    assertThat(acme.takesAll()).last().asString().startsWith("E! ");
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void sessionThatTakesNoNotificationsEnds(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer own = wire.servers().get(0);
    ScriptedServer ear = ear(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    String[] some = new String[128];
    Arrays.fill(some, "A 7 news " + "x".repeat(7_900));
    for (int i = 0; i < 8; i++) {
      ear.says(some);
    }
    acme.getsNothing();
    ear.says(some);
    acme.endsWith("E! 54000 too many notifications wait for this session");
    own.sees("Q ROLLBACK").says("C ROLLBACK", "Z I");
    wire.servers().forEach(server -> server.forgetsAll());
  }

  @WireTest(Mode.TRANSACTION)
  void channelCountsByItsName(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedClient other = wire.client("acme");
    assertThat(wire.keptBytes(acme) - wire.keptBytes(other)).isEqualTo(320 + "news".length());
  }

  /** The backend has run a LISTEN, and the connection that listens for all takes it over. */
  private static void isTakenOver(Wire wire, String channel) {
    ScriptedServer ear = ear(wire);
    ear.sees(BEGIN_TO_LISTEN, "Q LISTEN \"%s\";".formatted(channel));
    ear.says("C SET", "C LISTEN", "Z I", "C LISTEN", "Z I");
  }

  /** The backend is to send the mark, and to listen no more; the mark as both hear it. */
  private static String isMarked(ScriptedServer own) {
    String asked = own.isAskedFor("Q UNLISTEN *");
    assertThat(asked).startsWith("Q SET LOCAL synchronous_commit TO off; LISTEN ");
    String mark = asked.substring(asked.indexOf('\'') + 1, asked.length() - 1);
    return "A %d %s %s".formatted(own.process(), Notifications.MARKS, mark);
  }

  /** Both hear the mark, and nothing else. */
  static void handsOver(Wire wire, ScriptedServer own) {
    String mark = isMarked(own);
    own.says("C SET", "C LISTEN", "C NOTIFY", mark, "Z I");
    ear(wire).says(mark);
    own.listensOn().says("C UNLISTEN", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void notificationOfTheTransactionThatListensIsTold(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer own = wire.server();
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q listen news", "C LISTEN", "Z T");
    acme.runs("Q notify news, 'own'", "C NOTIFY", "Z T");
    long kept = wire.keptBytes(acme);
    acme.sends("Q commit");
    own.sees("Q commit").listensOn("news");
    own.says("C COMMIT", "A %d news own".formatted(own.process()), "Z I");
    acme.gets("C COMMIT");
    assertThat(wire.keptBytes(acme)).isGreaterThan(kept + 320 + "news".length());
    isTakenOver(wire, "news");
    hasToldAll(wire);
    handsOver(wire, own);
    acme.gets("A %d news own".formatted(acme.process()), "Z I");
    ear(wire).says("A 7 news other");
    acme.gets("A 7 news other");
  }

  @WireTest(Mode.TRANSACTION)
  void notificationOfTheMessageThatListensIsTold(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer own = wire.server();
    acme.sends("Q listen news; notify news; select 1");
    own.hasSeen(1).listensOn("news").says("C LISTEN", "C NOTIFY", "T", "D 1", "C SELECT 1");
    own.says("A %d news ".formatted(own.process()), "Z I");
    acme.gets("C LISTEN", "C NOTIFY", "T", "D 1", "C SELECT 1");
    isTakenOver(wire, "news");
    hasToldAll(wire);
    handsOver(wire, own);
    acme.gets("A %d news".formatted(acme.process()), "Z I");
  }

  /** Another session listens on the channel already: two connections hear the notification. */
  @WireTest(Mode.TRANSACTION)
  void notificationThatTwoConnectionsHearIsToldOnce(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer own = wire.servers().get(0);
    ScriptedServer ear = ear(wire);
    ScriptedClient globex = wire.client("globex");
    String raw = "A %d news same".formatted(own.process());
    String told = "A %d news same".formatted(globex.process());
    globex.sends("Q listen news; notify news, 'same'");
    own.hasSeen(1).listensOn("news").says("C LISTEN", "C NOTIFY", "A 7 news second", raw, "Z I");
    globex.gets("C LISTEN", "C NOTIFY");
    // The first was sent before the COMMIT: acme alone is told.
    ear.sees("Q ").says("A 7 news first", "A 7 news second", raw, "I", "Z I");
    hasToldAll(wire);
    String mark = isMarked(own);
    own.says("C SET", "C LISTEN", "C NOTIFY", mark, "Z I");
    own.says("A 7 news second").listensOn().says("C UNLISTEN", "Z I");
    globex.getsNothing();
    ear.says(mark, "A 7 news second");
    acme.gets("A 7 news first", "A 7 news second", told, "A 7 news second");
    globex.gets("A 7 news second", told, "Z I", "A 7 news second");
  }

  /** Sent by another between the COMMIT and the LISTEN of the connection that takes over. */
  @WireTest(Mode.TRANSACTION)
  void notificationInBetweenIsTold(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer own = wire.server();
    ScriptedClient globex = wire.client("globex");
    acme.sends("Q listen news");
    own.sees("Q listen news").listensOn("news").says("C LISTEN", "Z I");
    own.says("A 7 news early");
    isTakenOver(wire, "news");
    ear(wire).says("A 7 news both");
    String mark = isMarked(own);
    ear(wire).says(mark, "A 7 news late");
    own.says("C SET", "C LISTEN", "C NOTIFY", "A 7 news both", mark, "A 7 news late", "Z I");
    acme.gets("C LISTEN");
    own.listensOn().says("C UNLISTEN", "Z I");
    acme.gets("A 7 news early", "A 7 news both", "A 7 news late", "Z I");
    globex.sends("Q select 1");
    own.sees("Q select 1").says("A 7 news nobodys").says(SELECTED);
    globex.gets(SELECTED);
    acme.getsNothing();
  }

  @WireTest(Mode.TRANSACTION)
  void sessionEndsWhoseMarkIsRefused(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer own = wire.server();
    acme.sends("Q listen news");
    own.sees("Q listen news").listensOn("news").says("C LISTEN", "Z I");
    isTakenOver(wire, "news");
    isMarked(own);
    own.says("E 54000 too many notifications", "Z I");
    acme.gets("C LISTEN", "E! 57P01 terminating connection: notifications may have been missed");
    ear(wire).sees("Q UNLISTEN \"news\";").says("C UNLISTEN", "Z I");
    own.says("C UNLISTEN", "Z I").forgetsAll();
  }

  @WireTest(Mode.TRANSACTION)
  void sessionEndsWhoseMarkCannotBeHeard(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer own = wire.server();
    acme.sends("Q listen news");
    own.sees("Q listen news").listensOn("news").says("C LISTEN", "Z I");
    isTakenOver(wire, "news");
    String mark = isMarked(own);
    own.says("C SET", "C LISTEN", "C NOTIFY", mark, "Z I").listensOn().says("C UNLISTEN", "Z I");
    acme.gets("C LISTEN");
    ear(wire).dies();
    acme.gets("Z I", "E! 57P01 terminating connection: notifications may have been missed");
  }

  @WireTest(Mode.TRANSACTION)
  void channelThatWasListenedOnBeforeIsToldByTheOneThatListensForAll(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer own = wire.servers().get(0);
    String raw = "A %d news own".formatted(own.process());
    acme.sends("Q listen news; notify news, 'own'");
    own.hasSeen(1).listensOn("news").says("C LISTEN", "C NOTIFY", raw, "Z I");
    ear(wire).sees("Q ").says(raw, "I", "Z I");
    hasToldAll(wire);
    own.sees("Q UNLISTEN *").listensOn().says("C UNLISTEN", "Z I");
    acme.gets("C LISTEN", "C NOTIFY", "A %d news own".formatted(acme.process()), "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void channelOfTheTransactionThatEndsItIsToldNoMore(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer own = wire.servers().get(0);
    ScriptedServer ear = ear(wire);
    long kept = wire.keptBytes(acme);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q unlisten news; notify news");
    String seen = own.isAskedFor();
    own.says("C UNLISTEN", "C LISTEN", "C NOTIFY", "Z T");
    acme.gets("C UNLISTEN", "C NOTIFY", "Z T");
    ear.says("A 7 news other");
    acme.sends("Q commit");
    own.sees("Q commit").listensOn(seen.substring(seen.indexOf('"') + 1, seen.lastIndexOf('"')));
    own.says("C COMMIT", "Z I");
    ear.sees("Q UNLISTEN \"news\";").says("A %d news ".formatted(own.process()));
    ear.says("C UNLISTEN", "Z I");
    hasToldAll(wire);
    own.sees("Q UNLISTEN *").listensOn().says("C UNLISTEN", "Z I");
    acme.gets("C COMMIT", "Z I");
    assertThat(wire.keptBytes(acme)).isEqualTo(kept - 320 - "news".length());
  }

  /** A function has left it listening unseen. */
  @WireTest(Mode.TRANSACTION)
  void backendThatListensForNobodyTellsNobody(Wire wire) {
    ScriptedClient acme = listening(wire);
    ScriptedServer own = wire.servers().get(0);
    own.says("A 7 others ");
    acme.sends("Q select 1");
    own.sees("Q select 1").says("A 7 others ").says(SELECTED);
    hasToldAll(wire);
    acme.gets(SELECTED);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void backendThatHearsTooMuchEndsTheSession(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer own = wire.server();
    acme.sends("Q listen news");
    own.sees("Q listen news").listensOn("news").says("C LISTEN", "Z I");
    ear(wire).forgetsAll();
    String[] some = new String[128];
    Arrays.fill(some, "A 7 news " + "x".repeat(7_900));
    for (int i = 0; i < 9; i++) {
      own.says(some);
    }
    assertThat(acme.isEndedByGateway()).isTrue();
    assertThat(acme.takesAll()).last().asString().startsWith("E! 54000");
    wire.servers().forEach(server -> server.forgetsAll());
  }
}
