package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.testing.wire.BackendNotation;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Clients of many tenants that do all that clients do, at random, on few backends. Each tenant's
 * schema has a table {@code mark} with the schema's name in it, and a table {@code item}; whatever
 * a client reads must bear the mark of the schema that it is in.
 */
final class LeakChecker {

  private final int port;
  private final String database;
  private final int tenants;
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private final Queue<SocketClient> open = new ConcurrentLinkedQueue<>();
  private final AtomicLong checked = new AtomicLong();

  LeakChecker(int port, String database, int tenants) {
    this.port = port;
    this.database = database;
    this.tenants = tenants;
  }

  static String schema(int tenant) {
    return "tenant_t%03d".formatted(tenant);
  }

  /** The tables of all tenants, as one script. */
  static String script(int tenants) {
    return """
    DO $$ BEGIN FOR i IN 0..%d LOOP
      EXECUTE format('CREATE SCHEMA tenant_t%%1$s; CREATE TABLE tenant_t%%1$s.mark AS SELECT '
        '''tenant_t%%1$s''::text AS m; CREATE TABLE tenant_t%%1$s.item(m text)',
        lpad(i::text, 3, '0'));
    END LOOP; END $$\
    """
        .formatted(tenants - 1);
  }

  /** The wrong answers; at most the first 20. */
  List<String> faults() {
    return faults.stream().limit(20).toList();
  }

  /** How many answers were held against their tenant. */
  long checked() {
    return checked.get();
  }

  /** Runs the clients for some time, or until the first fault. */
  void run(int clients, Duration time, long seed) throws InterruptedException {
    long deadline = System.nanoTime() + time.toNanos();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      Random random = new Random(seed + i);
      Thread thread = new Thread(() -> sessions(random, deadline), "leak-checker-" + i);
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void sessions(Random random, long deadline) {
    while (System.nanoTime() < deadline && faults.isEmpty()) {
      String home = schema(random.nextInt(tenants));
      try (SocketClient client = SocketClient.login(port, database, home, Map.of())) {
        open.add(client);
        Session session = new Session(client, home, random);
        int steps = 20 + random.nextInt(100);
        for (int i = 0; i < steps && System.nanoTime() < deadline && faults.isEmpty(); i++) {
          session.step();
        }
      } catch (RuntimeException e) {
        fault(home + ": " + e + " in " + step(e));
      }
    }
  }

  /** Where it happened, by the methods of this class. */
  private static String step(RuntimeException e) {
    return Arrays.stream(e.getStackTrace())
        .filter(frame -> frame.getClassName().startsWith(LeakChecker.class.getName()))
        .map(frame -> frame.getMethodName() + ":" + frame.getLineNumber())
        .collect(Collectors.joining(" of "));
  }

  /** Nobody goes on: who is in another's schema may wait for what never comes. */
  private void fault(String what) {
    faults.add(what);
    open.forEach(SocketClient::close);
  }

  private final class Session {

    private final SocketClient client;
    private final String home;
    private final Random random;
    private String here;
    private boolean prepared;

    Session(SocketClient client, String home, Random random) {
      this.client = client;
      this.home = home;
      this.here = home;
      this.random = random;
    }

    void step() {
      switch (random.nextInt(14)) {
        case 0, 1 -> expect(here, client.query("SELECT m FROM mark"));
        case 2 -> unnamed();
        case 3, 4 -> named();
        case 5 -> pipelined();
        case 6 -> copiedIn();
        case 7 -> copiedOut();
        case 8 -> failing();
        case 9 -> cancelled();
        case 10 -> savepoints();
        case 11 -> switched();
        case 12 -> manyRows();
        default -> settings();
      }
    }

    private void unnamed() {
      client.sends("P - SELECT m FROM mark WHERE m <> $1", "S").until('Z');
      expect(here, client.sends("B - none", "E", "S").until('Z'));
    }

    private void named() {
      if (!prepared) {
        client.sends("P s SELECT m FROM mark", "S").until('Z');
      } else if (random.nextInt(10) == 0) {
        if (random.nextBoolean()) {
          client.query("DEALLOCATE s");
        } else {
          client.sends("C S s", "S").until('Z');
        }
        prepared = false;
        return;
      }
      prepared = true;
      expect(here, client.sends("B s", "E", "S").until('Z'));
    }

    private void pipelined() {
      List<String> answers =
          client
              .sends(
                  "P - SELECT m FROM mark",
                  "B -",
                  "E",
                  "S",
                  "P - SELECT 1/0",
                  "B -",
                  "E",
                  "P lost SELECT 1",
                  "S",
                  "P - SELECT m FROM mark",
                  "B -",
                  "E - 1",
                  "H",
                  "E",
                  "S")
              .until('Z', 3);
      check(answers.contains("E 22012"), "an error in a pipeline", answers);
      check(answers.stream().filter(("D " + here)::equals).count() == 2, here, answers);
    }

    private void copiedIn() {
      client.query("BEGIN");
      if (random.nextBoolean()) {
        copyBegins(client.sends("Q COPY item FROM STDIN"));
        client.sends("d " + (here + "\n" + here + "\n"), "c").until('Z');
      } else {
        copyBegins(client.sends("P - COPY item FROM STDIN", "B -", "E", "S"));
        client.sends("d " + (here + "\n"), "c", "S").until('Z');
      }
      List<String> others = client.query("SELECT count(*) FROM item WHERE m <> '" + here + "'");
      check(others.contains("D 0"), "no item of others in " + here, others);
      client.query(random.nextBoolean() ? "COMMIT" : "ROLLBACK");
      if (random.nextInt(4) == 0) {
        copyBegins(client.sends("Q COPY item FROM STDIN"));
        List<String> answers = client.sends("d x", "f no").until('Z');
        check(answers.contains("E 57014"), "a COPY that fails", answers);
      }
    }

    /** An error in its place would have the server wait for the client, and the client for it. */
    private void copyBegins(SocketClient asked) {
      List<String> answers = new ArrayList<>();
      for (Frame frame = asked.read(); frame.type() != 'G'; frame = asked.read()) {
        answers.add(BackendNotation.brief(frame));
        if (frame.type() == 'Z' || answers.size() > 100) {
          throw new IllegalStateException("no COPY began: " + answers);
        }
      }
    }

    private void copiedOut() {
      List<String> answers = client.query("COPY (SELECT m FROM mark) TO STDOUT");
      check(answers.contains("d " + here), here, answers);
    }

    private void failing() {
      List<String> answers = client.query("BEGIN; SET search_path TO public; SELECT nothing");
      check(answers.contains("E 42703"), "an error", answers);
      client.query("ROLLBACK");
      expect(here, client.query("SELECT m FROM mark"));
    }

    private void cancelled() {
      client.sends("Q SELECT pg_sleep(0.02), m FROM mark");
      client.cancels();
      List<String> answers = client.until('Z');
      check(
          answers.contains("E 57014") || answers.contains("D |" + here),
          "cancelled, or " + here,
          answers);
    }

    private void savepoints() {
      String other = schema(random.nextInt(tenants));
      client.query("BEGIN");
      client.query("SAVEPOINT a");
      client.query((random.nextBoolean() ? "SET LOCAL" : "SET") + " search_path TO " + other);
      expect(other, client.query("SELECT m FROM mark"));
      client.query("ROLLBACK TO a");
      expect(here, client.query("SELECT m FROM mark"));
      client.query("COMMIT");
      expect(here, client.query("SELECT m FROM mark"));
    }

    private void switched() {
      String other = schema(random.nextInt(tenants));
      switch (random.nextInt(4)) {
        case 0 -> client.query("SET search_path = " + other + ", public");
        case 1 -> client.query("SELECT set_config('search_path', '" + other + "', false)");
        case 2 ->
            client
                .sends("P - SELECT set_config('search_path', $1, false)", "B - " + other, "E", "S")
                .until('Z');
        default -> {
          client.query("RESET search_path");
          other = home;
        }
      }
      here = other;
      expect(here, client.query("SELECT m FROM mark"));
    }

    private void manyRows() {
      List<String> answers =
          client.query("SELECT m, repeat('x', 100) FROM mark, generate_series(1, 300)");
      String row = "D " + here + "|" + "x".repeat(100);
      check(answers.stream().filter(row::equals).count() == 300, "300 rows of " + here, answers);
    }

    private void settings() {
      client.query("SET application_name TO '" + here + "'");
      List<String> answers =
          client.query("SELECT current_setting('application_name'), m FROM mark");
      check(answers.contains("D " + here + "|" + here), here, answers);
    }

    private void expect(String mark, List<String> answers) {
      check(SocketClient.value(answers).equals(mark), mark, answers);
    }

    private void check(boolean right, String expected, List<String> answers) {
      checked.incrementAndGet();
      if (!right) {
        fault("expected " + expected + ", got " + answers.stream().limit(12).toList());
      }
    }
  }
}
