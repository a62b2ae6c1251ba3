package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.migrator.connection.ProcessName;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import dev.tenantgate.migrator.testing.ScriptedServer.Rows;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * An {@link ExternalAttempt}: under which lease it runs, and how it meets what goes wrong there.
 */
class ExternalLeaseTest extends ExternalGround {

  @Test
  void leaseOfAnotherProcessIsWaitedFor() throws Exception {
    schema.holder = "elsewhere:1:x-y";

    assertThat(migrate()).isEqualTo(new SchemaOutcome.Busy(ACME, "elsewhere:1:x-y"));
    assertThat(schema.server.sent("UPDATE tenantgate.lease SET expires_at")).isEmpty();
    assertThat(leasesGivenBack()).isZero();
  }

  @Test
  void leaseOfAProcessThatIsGoneExpires() throws Exception {
    schema.holder = ProcessName.of(Integer.MAX_VALUE);
    schema.leaseWait = Duration.ofSeconds(20);
    schema.server.answer(
        "UPDATE tenantgate.lease SET expires_at",
        statement -> {
          schema.holder = null;
          return null;
        });

    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
  }

  @Test
  void leaseThatWasJustGivenBackIsAnothersAllTheSame() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    schema.server.answer(
        "INSERT INTO tenantgate.lease AS l",
        statement -> {
          asked.incrementAndGet();
          return new Rows(List.of("c1"), List.of());
        });
    schema.server.rows("SELECT holder", List.of());

    assertThat(migrate()).isEqualTo(new SchemaOutcome.Busy(ACME, "another process"));
    assertThat(asked.get()).isGreaterThan(1);
  }

  @Test
  void gatewaysDrainBeforeTheCommandIsRun() throws Exception {
    at("1");
    schema.server.row("FROM tenantgate.gateway", "gate-1", "host", "t");
    schema.server.answer("FROM tenantgate.drain_ack WHERE (schema_name", ScriptedSchema::drained);

    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.told)
        .containsExactly("draining", "drained Quiet", "started [2]", "finished Migrated");
    assertThat(schema.server.sent("INSERT INTO tenantgate.lease AS l")).hasSize(1);
    assertThat(leasesGivenBack()).isEqualTo(1);
  }

  @Test
  void cancelledRunEndsItsCommand() throws Exception {
    command("echo 1 >");
    command = List.of("/bin/sh", "-c", command.get(2) + "; sleep 60");
    SchemaRun run = run(new Goal.Up(new Target.Latest()));
    run.start();
    await().until(() -> Files.exists(folder.resolve("history")));

    run.cancel();

    assertThat(run.result().get(20, TimeUnit.SECONDS)).isEqualTo(new SchemaOutcome.Cancelled(ACME));
    assertThat(schema.server.sent(REGISTRY)).isEmpty();
    await().until(() -> leasesGivenBack() == 1);
  }

  @Test
  void commandWhoseLeaseIsAnothersByNowIsEnded() throws Exception {
    schema.settings = settings -> external("200ms");
    command = List.of("sleep", "60");
    schema.server.rows("SELECT 1 FROM tenantgate.lease", List.of());

    assertThat(migrate()).isEqualTo(new SchemaOutcome.Busy(ACME, "another process"));
    assertThat(schema.server.sent(REGISTRY)).isEmpty();
  }

  @Test
  void commandGoesOnWhileTheLeaseCantBeLookedAt() throws Exception {
    schema.settings = settings -> external("100ms");
    AtomicInteger looks = new AtomicInteger();
    command =
        List.of(
            "/bin/sh",
            "-c",
            "until [ -e %1$s/looked ]; do sleep 0.02; done; echo 2 > %1$s/history"
                .formatted(folder));
    schema.server.answer(
        "SELECT 1 FROM tenantgate.lease",
        statement -> {
          if (looks.incrementAndGet() == 2) {
            schema.files.with("looked", "");
          }
          return new Failure("57P01", "terminating connection", 0);
        });

    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(looks.get()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void deadlockIsTriedAgain() throws Exception {
    schema.server.once("INSERT INTO tenantgate.lease AS l", DEADLOCK);

    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.told).containsExactly("retrying 1 40P01", "started [2]", "finished Migrated");
  }

  @Test
  void lostConnectionIsReplaced() throws Exception {
    AtomicInteger reads = new AtomicInteger();
    schema.external =
        (connection, schemas) -> {
          if (reads.incrementAndGet() == 1) {
            connection.close();
            throw new SQLException("the connection is gone", "08006");
          }
          return List.of(history());
        };

    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.told).contains("retrying 1 08006", "finished Migrated");
  }

  @Test
  void errorOfAStatementIsTheOutcome() throws Exception {
    schema.server.fail("INSERT INTO tenantgate.lease AS l", "42501", "permission denied");

    SchemaOutcome.Failed failed = failing();

    assertThat(failed.sqlState()).isEqualTo("42501");
    assertThat(failed.error()).contains("permission denied");
  }

  @Test
  void timeoutOfAStatementIsTheOutcomeUnlessTheRunWasCancelled() throws Exception {
    schema.server.fail("INSERT INTO tenantgate.lease AS l", "57014", "statement timeout");
    assertThat(failing().sqlState()).isEqualTo("57014");

    SchemaRun run = run(new Goal.Up(new Target.Latest()));
    schema.server.answer(
        "INSERT INTO tenantgate.lease AS l",
        statement -> {
          run.control().cancel();
          return new Failure("57014", "canceling statement due to user request", 0);
        });
    assertThat(ScriptedSchema.outcome(run)).isEqualTo(new SchemaOutcome.Cancelled(ACME));
  }

  @Test
  void leaseThatIsTakenOverIsLookedAtAgain() throws Exception {
    schema.server.fail("INSERT INTO tenantgate.lease AS l", "TG001", "taken over");

    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.server.sent("INSERT INTO tenantgate.lease AS l")).hasSize(2);
  }

  @Test
  void connectionIsUsedAgainForTheNextSchema() throws Exception {
    assertThat(migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    schema.server.forgetSent();

    assertThat(migrate()).isEqualTo(new SchemaOutcome.UpToDate(ACME));
    assertThat(schema.server.sent("pg_backend_pid(), ")).isEmpty();
  }
}
