package dev.tenantgate.gateway.resource;

import static dev.tenantgate.gateway.resource.Attack.all;
import static dev.tenantgate.gateway.resource.Attack.part;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One client or many drive each kind of kept thing to its bound. A bystander is served meanwhile,
 * and memory stays below its limit. The gateway is a process of its own, with the memory that it
 * ships with. No turn of an event loop, in which nobody else is served, uses 100 ms of processor
 * time. The bystander's waiting time is printed and asserted nowhere: on a machine that others use
 * as well, it says little.
 */
class ResourceIT {

  /** The virtual machine has compiled nothing at first, and the first time counts for little. */
  private static final int MOST_ROUNDS = 3;

  /** Has only kinds be driven whose names have that in them. */
  private static final String SOME = "tenantgate.resource.kinds";

  private static final String NOISE = noise();
  private static final String POSTGRES = "postgres";
  private static final String OTHER_USER = "another";
  private static final String OUT_OF_MEMORY = "53200";

  @TempDir static Path folder;
  private static TestDatabase database;
  private static final Map<String, SmallGateway> GATEWAYS = new HashMap<>();

  /** A row of the table: what is done, what shows that it was bounded. */
  private record Kind(
      String name, Attack.Drive drive, String bystander, Predicate<List<String>> refusals) {}

  private static Kind kind(String name, Attack.Drive drive) {
    return new Kind(name, drive, POSTGRES, refusals -> true);
  }

  private static Kind refused(String name, Attack.Drive drive) {
    return new Kind(name, drive, POSTGRES, refusals -> refusals.contains(OUT_OF_MEMORY));
  }

  /** Refused, unless nothing of it is kept: parameters are nobody else's with session pooling. */
  private static Kind refusedOrNotKept(String name, Attack.Drive drive) {
    return new Kind(
        name, drive, POSTGRES, refusals -> refusals.isEmpty() || refusals.contains(OUT_OF_MEMORY));
  }

  private static Kind served(String name, Attack.Drive drive) {
    return new Kind(name, drive, POSTGRES, List::isEmpty);
  }

  /** Clients that don't read may use up their pool: the bystander has another one. */
  private static Kind holdingBackends(String name, Attack.Drive drive) {
    return new Kind(name, drive, OTHER_USER, refusals -> true);
  }

  /** So many KiB that can't be deflated to much less, and differ by a few bytes from any other. */
  private static String comment(int kib, int seed) {
    return "/*" + seed + NOISE.substring(0, kib * 1024) + "*/";
  }

  private static String noise() {
    StringBuilder text = new StringBuilder();
    Random random = new Random(1);
    while (text.length() < 1 << 20) {
      text.append(Integer.toHexString(random.nextInt() | 0xf000_0000));
    }
    return text.toString();
  }

  private static List<Kind> strangers() {
    return List.of(
        kind(
            "startup packets in part",
            attack -> {
              byte[] begun = part('\0', 0, 5_000);
              begun[2] = 0x20; // a length of 8 KiB
              for (int i = 0; i < 400; i++) {
                attack.stranger().sendsBytes(begun);
              }
            }),
        kind(
            "connections without a word",
            attack -> {
              for (int i = 0; i < 400; i++) {
                attack.stranger();
              }
            }));
  }

  private static List<Kind> statements() {
    return List.of(
        served(
            "5,000 small statements of one client",
            attack -> {
              SocketClient client = attack.client();
              for (int i = 0; i < 5_000; i += 500) {
                attack.exchange(client, all(i, i + 500, j -> "P s" + j + " select " + j), "S");
              }
            }),
        served(
            "256 statements of 2 KiB of each of many clients",
            attack -> {
              String text = comment(1, 1) + " ".repeat(1_000);
              for (int i = 0; i < attack.many(30, 15); i++) {
                attack.exchange(
                    attack.client(), all(0, 256, j -> "P s" + j + " select " + j + text), "S");
              }
            }),
        kind(
            "large statements of one client",
            attack -> {
              SocketClient client = attack.client();
              for (int i = 0; i < 25; i++) {
                attack.exchange(client, "P s" + i + " select 1" + comment(900, i), "S");
              }
              attack.exchange(client, "Q select 1");
            }),
        kind(
            "large statements of many clients",
            attack -> {
              for (int i = 0; i < 4; i++) {
                SocketClient client = attack.client();
                for (int j = 0; j < 7; j++) {
                  String text = "select 1" + comment(900, 100 * i + j);
                  attack.exchange(client, "P s" + j + " " + text, "S");
                }
              }
            }),
        kind(
            "large unnamed statements of many clients",
            attack -> {
              for (int i = 0; i < attack.many(40, 15); i++) {
                attack.exchange(attack.client(), "P - select 1" + comment(900, 1), "S");
              }
            }),
        refused(
            "statements with effects",
            attack -> {
              SocketClient client = attack.client();
              String value = "v".repeat(4_000);
              for (int i = 0; i < 6_000 && attack.refusals().isEmpty(); i += 500) {
                attack.exchange(
                    client,
                    all(i, i + 500, j -> "P s%d set app.x%d='%s'".formatted(j, j, value)),
                    "S");
              }
            }));
  }

  private static List<Kind> state() {
    return List.of(
        refusedOrNotKept(
            "parameters of many names",
            attack -> {
              SocketClient client = attack.client();
              String value = "v".repeat(8_000);
              attack.exchange(client, "Q begin");
              for (int i = 0; i < 400; i += 20) {
                StringBuilder sql = new StringBuilder();
                for (int j = i; j < i + 20; j++) {
                  sql.append("set app.").append("n".repeat(500)).append(j);
                  sql.append("='").append(value).append("';");
                }
                sql.append("savepoint s;");
                attack.exchange(client, "Q " + sql);
              }
              for (int i = 0; i < attack.many(400, 40) && attack.refusals().isEmpty(); i++) {
                String part =
                    all(100 * i, 100 * i + 100, j -> "Q set app." + "n".repeat(2_000) + j + "='v'");
                client.sends(part);
                for (int j = 0; j < 100; j++) {
                  attack.exchange(client);
                }
              }
            }),
        kind(
            "large parameters",
            attack -> {
              SocketClient client = attack.client();
              for (int i = 0; i < 3; i++) {
                attack.exchange(client, "Q set app.x%d='%s'".formatted(i, "v".repeat(4_000_000)));
              }
            }),
        kind(
            "portals whose statement has an effect",
            attack -> {
              SocketClient client = attack.client();
              attack.exchange(client, "Q begin", "P s select set_config('app.x',$1,false)", "S");
              client.readUntil('Z');
              String value = "v".repeat(4_000);
              for (int i = 0; i < 10; i++) {
                attack.exchange(client, "Q rollback");
                attack.exchange(client, all(0, 700, j -> "B s@portal" + j + " " + value), "S");
              }
            }),
        kind(
            "channels",
            attack -> {
              SocketClient client = attack.client();
              for (int i = 0; i < 5_000; i += 1_000) {
                StringBuilder sql = new StringBuilder();
                for (int j = i; j < i + 1_000; j++) {
                  sql.append("listen channel_of_some_length_").append(j).append(';');
                }
                attack.exchange(client, "Q " + sql);
              }
            }));
  }

  private static List<Kind> bulk() throws IOException {
    return List.of(
        kind(
            "announced lengths",
            attack -> {
              for (int i = 0; i < attack.many(150, 30); i++) {
                attack.client().sendsBytes(part(i % 2 == 0 ? 'Q' : 'P', 1_000_000, 0));
              }
            }),
        kind(
            "messages in part",
            attack -> {
              byte[] part = part('Q', 1_000_000, 900_000);
              for (int i = 0; i < attack.many(80, 50); i++) {
                attack.sendAside(attack.client(), part);
              }
            }),
        kind(
            "answers that are owed and not read",
            attack -> {
              SocketClient client = attack.client();
              client.socket().setReceiveBufferSize(4_096);
              attack.sendAside(client, all(0, 2_400_000, i -> "S"));
            }),
        holdingBackends(
            "pipelines whose answers nobody reads",
            attack -> {
              String queries = all(0, 300, i -> "Q select repeat('x', 20000)");
              for (int i = 0; i < 12; i++) {
                SocketClient client = attack.client();
                client.socket().setReceiveBufferSize(4_096);
                attack.sendAside(client, queries);
              }
            }),
        holdingBackends(
            "large answers that nobody reads, of many clients",
            attack -> {
              // Kernels take up to some 150 KB of it, and one client's share is 256 KB at most.
              attack.unread(
                  attack.many(400, 60),
                  "Q select repeat('x', 2000) from generate_series(1, %d)"
                      .formatted(attack.many(110, 300)));
              attack.awaitUsed("outbound_bytes", attack.many(16, 10) << 20);
            }),
        kind(
            "answers that are withheld",
            attack -> {
              String block =
                  "Q do $$ begin for i in 1..240 loop raise notice '%', repeat('x', 1000);"
                      + " end loop; perform pg_sleep(0.05); end $$";
              for (int i = 0; i < attack.many(100, 40); i++) {
                attack.client().sends(block);
              }
            }),
        kind(
            "texts of many statements",
            attack -> {
              SocketClient client = attack.client();
              for (String statement :
                  List.of("set app.x='1';", "begin;", "create ", "select set_config('a.b','c',")) {
                attack.exchange(client, "Q " + statement.repeat(100_000 / statement.length()));
              }
              attack.sendAside(client, "Q " + "begin;".repeat(200_000));
            }),
        kind(
            "paths of many tenants",
            attack -> {
              StringBuilder path = new StringBuilder("set search_path=tenant_0");
              for (int i = 1; i < 20_000; i++) {
                path.append(",tenant_").append(i);
              }
              attack.exchange(attack.client(), "Q " + path);
            }));
  }

  static Stream<Arguments> kinds() throws IOException {
    List<Kind> clients = new ArrayList<>(statements());
    clients.addAll(state());
    clients.addAll(bulk());
    Stream<Arguments> all =
        Stream.concat(
            // Before the login there are no kinds of pooling.
            strangers().stream().map(kind -> Arguments.of("transaction", kind.name(), kind)),
            Stream.of("transaction", "session")
                .flatMap(
                    mode -> clients.stream().map(kind -> Arguments.of(mode, kind.name(), kind))));
    return all.filter(each -> String.valueOf(each.get()[1]).contains(System.getProperty(SOME, "")));
  }

  @BeforeAll
  static void start() throws IOException {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE ROLE " + OTHER_USER + " LOGIN");
    for (String mode : List.of("session", "transaction")) {
      GATEWAYS.put(mode, SmallGateway.start(folder, database, mode));
    }
    GATEWAYS.values().forEach(SmallGateway::awaitReady);
  }

  @AfterAll
  static void stop() {
    for (SmallGateway gateway : GATEWAYS.values()) {
      gateway.close();
    }
    database.execute("DROP ROLE " + OTHER_USER);
    database.close();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("kinds")
  void othersAreServedWithinTheMemoryThatThereIs(String mode, String name, Kind kind)
      throws Exception {
    SmallGateway gateway = Objects.requireNonNull(GATEWAYS.get(mode));
    long before = gateway.usage().longTurns();
    long longTurns = round(gateway, mode, kind) - before;
    for (int i = 1; i < MOST_ROUNDS && longTurns > 0; i++) {
      before += longTurns;
      longTurns = round(gateway, mode, kind) - before;
    }
    assertThat(longTurns).as(name + ": turns that others waited for").isZero();
  }

  /** Drives it to its bound once; how many turns have been too long since the gateway's start. */
  private static long round(SmallGateway gateway, String mode, Kind kind) throws Exception {
    String name = kind.name();
    try (Bystander bystander = new Bystander(gateway.client(kind.bystander()));
        Attack attack = new Attack(gateway, mode)) {
      kind.drive().run(attack);
      Awaitility.await()
          .pollDelay(Duration.ofMillis(50))
          .untilAsserted(() -> gateway.assertBounded(name));
      bystander.awaitAnswer();
      Bystander.Times times = bystander.take();
      System.out.printf(
          "%-12s %-50s bystander: %4d answers, p99 %4d ms, longest %4d ms; %d MiB%n",
          mode,
          name,
          times.answers(),
          times.percentile99(),
          times.longest(),
          gateway.residentMebibytes());
      assertThat(kind.refusals().test(attack.refusals()))
          .as("%s was refused with %s", name, attack.refusals())
          .isTrue();
    }
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(gateway.usage().used("connections")).as(name).isLessThan(2));
    return gateway.usage().longTurns();
  }
}
