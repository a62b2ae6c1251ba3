package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.backend.OpenServer;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.connect.BackendHold;
import dev.tenantgate.gateway.console.Command.Act;
import dev.tenantgate.gateway.console.Command.Verb;
import dev.tenantgate.gateway.drain.OpenSession;
import dev.tenantgate.gateway.drain.Pauses;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.session.ConnectedClient;
import dev.tenantgate.gateway.tenant.HistorySnapshot;
import dev.tenantgate.migrator.SchemaRef;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * PAUSE and its like, for all databases, for one, or for one tenant. A pause is in force from the
 * moment when it is asked for: no transaction begins. The answer comes when those under way have
 * ended; a client that doesn't wait for it takes the pause back. Thread-safe.
 */
final class TrafficCommands {

  private static final long LOOK_AGAIN_MILLIS = 100;

  private final ConsoleSources sources;
  private final Pauses pauses;
  private final BackendHold hold;

  TrafficCommands(ConsoleSources sources) {
    this.sources = sources;
    this.pauses = sources.gateService().sessions().pauses();
    this.hold = sources.pools().hold();
  }

  CompletableFuture<Answer> run(Act act) {
    if (act.target() instanceof Target.Tenant tenant) {
      return checked(tenant, act.verb());
    }
    if (act.target() instanceof Target.Database database) {
      check(database.name(), act.verb());
    }
    return switch (act.verb()) {
      case PAUSE -> pause(act.target());
      case RESUME -> resume(act.target());
      case KILL -> kill(act.target());
      case RECONNECT -> reconnect(act.target());
      case WAIT_CLOSE -> waitClose(act.target());
      case DISABLE, ENABLE -> able(act);
    };
  }

  private static CompletableFuture<Answer> done(Verb verb) {
    return CompletableFuture.completedFuture(Answer.done(verb.name()));
  }

  private static CompletableFuture<Answer> refused(SqlState state, String message) {
    return CompletableFuture.failedFuture(new ConsoleException(state, message, null));
  }

  // ---- names

  private Set<String> databases() {
    Set<String> names = new TreeSet<>(pauses.databases());
    names.addAll(pauses.disabledDatabases());
    names.add(sources.settings().database().database());
    sources.traffic().keys().stream().map(PoolKey::database).forEach(names::add);
    return names;
  }

  private void check(String database, Verb verb) {
    if (sources.settings().console().isNamed(database)) {
      throw new ConsoleException(
          SqlState.FEATURE_NOT_SUPPORTED,
          "cannot %s admin db: %s".formatted(verb.keyword(), database),
          null);
    }
    if (!databases().contains(database)) {
      throw new ConsoleException(
          SqlState.INVALID_CATALOG_NAME,
          "no such database: " + database,
          "SHOW DATABASES lists them; a tenant is named by TENANT and its name.");
    }
  }

  /**
   * A tenant that is paused or disabled may be let go although its schema is gone, or unreadable.
   */
  private CompletableFuture<Answer> checked(Target.Tenant tenant, Verb verb) {
    SchemaRef schema = sources.gateService().migrator().tenants().schemaOf(tenant.name());
    return switch (verb) {
      case RESUME -> resume(tenant);
      case ENABLE -> able(new Act(verb, tenant));
      case RECONNECT, WAIT_CLOSE ->
          refused(
              SqlState.FEATURE_NOT_SUPPORTED,
              "%s is for databases: tenants share connections".formatted(verb.name()));
      case PAUSE, KILL, DISABLE -> {
        if (sources.gateService().fleet().state(schema) == null) {
          HistorySnapshot known = sources.gateService().directory().tryLookup(schema);
          if (known == null || !known.exists()) {
            yield refused(
                SqlState.INVALID_SCHEMA_NAME,
                "no such tenant: %s (schema \"%s\")".formatted(tenant.name(), schema.schema()));
          }
        }
        yield verb == Verb.PAUSE
            ? pause(tenant)
            : verb == Verb.KILL ? kill(tenant) : able(new Act(verb, tenant));
      }
    };
  }

  // ---- pauses

  private CompletableFuture<Answer> pause(Target target) {
    if (!begin(target)) {
      return refused(SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "already suspended/paused");
    }
    CompletableFuture<Void> quiet =
        sources
            .gateService()
            .sessions()
            .awaitEnd(session -> session.isUnderWay() && concerns(target, session));
    CompletableFuture<Answer> answer =
        quiet.thenApply(
            ended -> {
              closeIdle(target);
              return Answer.done("PAUSE");
            });
    answer.whenComplete(
        (done, failure) -> {
          if (answer.isCancelled()) {
            end(target);
          }
        });
    return answer;
  }

  private boolean concerns(Target target, OpenSession session) {
    if (target instanceof Target.Tenant tenant) {
      return session.touches(sources.gateService().migrator().tenants().schemaOf(tenant.name()));
    }
    return !(target instanceof Target.Database database)
        || session.database().equals(database.name());
  }

  /** Whether it wasn't paused. */
  private boolean begin(Target target) {
    if (target instanceof Target.Tenant tenant) {
      return pauses.pauseTenant(tenant.name());
    }
    if (target instanceof Target.Database database) {
      hold.pause(database.name());
      return pauses.pauseDatabase(database.name());
    }
    hold.pauseAll();
    return pauses.pauseAll();
  }

  /** Whether it was paused. */
  private boolean end(Target target) {
    if (target instanceof Target.Tenant tenant) {
      return pauses.resumeTenant(tenant.name());
    }
    if (target instanceof Target.Database database) {
      hold.resume(database.name());
      return pauses.resumeDatabase(database.name());
    }
    pauses.databases().forEach(hold::resume);
    hold.resumeAll();
    return pauses.resumeAll();
  }

  private void closeIdle(Target target) {
    if (target instanceof Target.Database database) {
      sources.pools().release(database.name());
    } else if (target instanceof Target.All) {
      databases().forEach(sources.pools()::release);
    }
  }

  private CompletableFuture<Answer> resume(Target target) {
    if (end(target)) {
      return done(Verb.RESUME);
    }
    return refused(
        SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE,
        target instanceof Target.Tenant tenant
            ? "tenant %s is not paused".formatted(tenant.name())
            : target instanceof Target.Database database
                ? "database %s is not paused".formatted(database.name())
                : "pooler is not paused/suspended");
  }

  private CompletableFuture<Answer> kill(Target target) {
    begin(target);
    Predicate<ConnectedClient> which =
        target instanceof Target.Tenant tenant
            ? client -> tenant.name().equals(client.tenant())
            : target instanceof Target.Database database
                ? client -> client.database().equals(database.name())
                : client -> true;
    return sources
        .clients()
        .end(which, Report.fatal(SqlState.ADMIN_SHUTDOWN, "terminating connection: KILL"))
        .thenApply(
            ended -> {
              closeIdle(target);
              return Answer.done("KILL");
            })
        .toCompletableFuture();
  }

  // ---- connections and logins

  private CompletableFuture<Answer> reconnect(Target target) {
    if (target instanceof Target.Database database) {
      sources.pools().reconnect(database.name());
    } else {
      databases().forEach(sources.pools()::reconnect);
    }
    return done(Verb.RECONNECT);
  }

  private CompletableFuture<Answer> waitClose(Target target) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    lookForOutdated(target, answer);
    return answer;
  }

  private void lookForOutdated(Target target, CompletableFuture<Answer> answer) {
    sources
        .pools()
        .servers()
        .all()
        .thenAccept(
            servers -> {
              boolean left = servers.stream().anyMatch(server -> isOutdated(server, target));
              if (!left) {
                answer.complete(Answer.done("WAIT_CLOSE"));
              } else if (!answer.isDone()) {
                Executor later =
                    CompletableFuture.delayedExecutor(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
                later.execute(() -> lookForOutdated(target, answer));
              }
            });
  }

  private static boolean isOutdated(OpenServer server, Target target) {
    return server.outdated()
        && (!(target instanceof Target.Database database)
            || server.key().database().equals(database.name()));
  }

  private CompletableFuture<Answer> able(Act act) {
    boolean disabled = act.verb() == Verb.DISABLE;
    if (act.target() instanceof Target.Tenant tenant) {
      pauses.disableTenant(tenant.name(), disabled);
    } else if (act.target() instanceof Target.Database database) {
      pauses.disableDatabase(database.name(), disabled);
    } else {
      return refused(SqlState.SYNTAX_ERROR, "a database is required");
    }
    return done(act.verb());
  }
}
