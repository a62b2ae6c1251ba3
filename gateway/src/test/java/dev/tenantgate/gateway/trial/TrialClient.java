package dev.tenantgate.gateway.trial;

import dev.tenantgate.gateway.trial.TrialLedger.Wait;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * An application that never stops: some transactions of one tenant, then of another, by another
 * gateway. Each looks at its schema from inside, and does what suits the version that it finds.
 * Confined to one thread.
 */
final class TrialClient implements Runnable {

  /** The version that renames {@code label} to {@code title}. */
  static final int RENAMES = 3;

  /** The version that adds {@code status}. */
  static final int ADDS = 2;

  private static final String VERSION =
      "SELECT max(version) FROM schema_migrations WHERE status = 'success'";
  private static final String GLANCE =
      "SELECT (" + VERSION + "), to_jsonb(a)::text FROM accounts a WHERE id = ?";
  static final int TRANSACTIONS_PER_CONNECTION = 25;

  /** How pgjdbc speaks: simple queries, unnamed statements, named ones. */
  private static final List<Properties> DIALECTS =
      List.of(
          properties("preferQueryMode", "simple"),
          properties("prepareThreshold", "0"),
          properties("prepareThreshold", "1"));

  /** How long it thinks between transactions, on average, in milliseconds. */
  private static final int THINKS = Integer.getInteger("tenantgate.trial.think", 0);

  private final int number;
  private final List<Entrance> entrances;
  private final String database;
  private final int tenants;
  private final IntSupplier release;
  private final TrialLedger ledger;
  private final CountDownLatch stop;
  private final Random random;

  /**
   * Makes a client.
   *
   * @param number its own; also the row that it counts up
   * @param release the version that the application of that moment needs
   */
  TrialClient(
      int number,
      List<Entrance> entrances,
      String database,
      int tenants,
      IntSupplier release,
      TrialLedger ledger,
      CountDownLatch stop) {
    this.number = number;
    this.entrances = entrances;
    this.database = database;
    this.tenants = tenants;
    this.release = release;
    this.ledger = ledger;
    this.stop = stop;
    this.random = new Random(number);
  }

  private static Properties properties(String key, String value) {
    Properties properties = new Properties();
    properties.setProperty(key, value);
    return properties;
  }

  @Override
  public void run() {
    for (int visit = number; stop.getCount() > 0; visit++) {
      Entrance entrance = entrances.get(visit % entrances.size());
      if (!entrance.isGone()) {
        new Visit(entrance, random.nextInt(tenants)).run();
      }
    }
  }

  /** One connection, from its login to its end. */
  private final class Visit {

    private final Entrance entrance;
    private final int tenant;

    /** The version that the connection itself asks for; 0 if it leaves that to the gateway. */
    private final int stated;

    private boolean committing;

    Visit(Entrance entrance, int tenant) {
      this.entrance = entrance;
      this.tenant = tenant;
      this.stated = random.nextBoolean() ? release.getAsInt() : 0;
    }

    void run() {
      // Also a connection that broke a moment ago may tell only now.
      boolean wasDisturbed = entrance.isDisturbed();
      try (Connection connection = connect()) {
        for (int i = 0; i < TRANSACTIONS_PER_CONNECTION && stop.getCount() > 0; i++) {
          wasDisturbed = entrance.isDisturbed();
          transaction(connection);
          ledger.committed();
          think();
        }
      } catch (SQLException e) {
        if (committing) {
          ledger.perhapsIncremented(tenant);
        }
        failed(e, wasDisturbed);
      }
    }

    private void think() {
      if (THINKS > 0) {
        pause(random.nextInt(2 * THINKS + 1));
      }
    }

    private void failed(SQLException e, boolean wasDisturbed) {
      String state = String.valueOf(e.getSQLState());
      // 53300: its gateway has backends, and hears of none of them.
      boolean connectionLost =
          state.startsWith("08") || state.startsWith("57P") || state.equals("53300");
      if (connectionLost && (wasDisturbed || entrance.isDisturbed())) {
        ledger.excused();
        pause(100); // who finds nobody at home doesn't knock again at once
      } else if (!state.startsWith("42")) {
        ledger.failed("client %d, %s: %s %s".formatted(number, this, state, e.getMessage()));
      }
    }

    private void pause(int millis) {
      try {
        var unused = stop.await(millis, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private Connection connect() throws SQLException {
      Properties properties = new Properties();
      properties.putAll(DIALECTS.get(random.nextInt(DIALECTS.size())));
      properties.setProperty("user", "postgres");
      properties.setProperty("sslmode", "disable");
      properties.setProperty(
          "options",
          "-c tenantgate.tenant=t%d".formatted(tenant)
              + (stated == 0 ? "" : " -c tenantgate.min_version=" + stated));
      properties.setProperty("connectTimeout", "60");
      properties.setProperty("socketTimeout", "120");
      return DriverManager.getConnection(
          "jdbc:postgresql://127.0.0.1:%d/%s".formatted(entrance.gateway().port(), database),
          properties);
    }

    private void transaction(Connection connection) throws SQLException {
      // A version that the connection states takes the place of the gateway's.
      int required = stated == 0 ? entrance.required() : stated;
      if (random.nextInt(3) == 0) {
        glance(connection, required);
      } else {
        block(connection, required);
      }
    }

    /** A transaction of a single statement. */
    private void glance(Connection connection, int required) throws SQLException {
      connection.setAutoCommit(true);
      long began = System.nanoTime();
      try (PreparedStatement statement = connection.prepareStatement(GLANCE)) {
        statement.setInt(1, number);
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          waited(began);
          int version = row.getInt(1);
          String account = row.getString(2);
          check(version, required);
          if (account.contains("\"title\"") != version >= RENAMES
              || account.contains("\"status\"") != version >= ADDS) {
            ledger.wrong("%s: version %d with %s".formatted(this, version, account));
          }
        }
      }
    }

    /** A transaction that looks, writes what suits what it saw, and looks again. */
    private void block(Connection connection, int required) throws SQLException {
      connection.setAutoCommit(false);
      long began = System.nanoTime();
      int version = version(connection);
      waited(began);
      check(version, required);
      String column = version >= RENAMES ? "title" : "label";
      try (PreparedStatement update =
          connection.prepareStatement(
              "UPDATE accounts SET amount = amount + 1, %s = ? WHERE id = ?".formatted(column))) {
        update.setString(1, "version " + version);
        update.setInt(2, number);
        update.executeUpdate();
      } catch (SQLException e) {
        if (String.valueOf(e.getSQLState()).startsWith("42")) {
          ledger.torn("%s: version %d, but %s".formatted(this, version, e.getMessage()));
        }
        throw e;
      }
      int later = version(connection);
      if (later != version) {
        ledger.torn("%s: version %d, then %d".formatted(this, version, later));
      }
      committing = true;
      connection.commit();
      committing = false;
      ledger.incremented(tenant);
    }

    private int version(Connection connection) throws SQLException {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(VERSION)) {
        row.next();
        return row.getInt(1);
      }
    }

    private void check(int version, int required) {
      if (version < required) {
        ledger.wrong("%s: version %d where %d is required".formatted(this, version, required));
      }
    }

    private void waited(long began) {
      ledger.waited(new Wait(number, tenant, began, System.nanoTime() - began));
    }

    @Override
    public String toString() {
      return "t%d by gateway :%d".formatted(tenant, entrance.gateway().port());
    }
  }
}
