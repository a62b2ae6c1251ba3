package dev.tenantgate.gateway.gate;

import static dev.tenantgate.gateway.tenant.Refusal.ADMIN_SHUTDOWN;
import static dev.tenantgate.gateway.tenant.Refusal.CANNOT_CONNECT_NOW;
import static dev.tenantgate.gateway.tenant.Refusal.CONNECTION_FAILURE;
import static dev.tenantgate.gateway.tenant.Refusal.INVALID_SCHEMA_NAME;
import static dev.tenantgate.gateway.tenant.Refusal.TOO_MANY_CONNECTIONS;

import dev.tenantgate.gateway.gate.Admission.Rejected;
import dev.tenantgate.gateway.gate.Verdict.MustWait;
import dev.tenantgate.gateway.gate.Verdict.Need;
import dev.tenantgate.gateway.tenant.LookupFailedException;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.Recovery;
import dev.tenantgate.migrator.history.Unmanaged;
import dev.tenantgate.migrator.plan.ExternalStanding;
import dev.tenantgate.migrator.survey.TenantName;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Every rejection the gate makes, in words. Stateless. */
final class Rejections {

  private Rejections() {}

  /**
   * The lag, for a rejection's message and for a warning: {@code … and needs version 7}.
   *
   * @param tenant whose session it is; {@code public} for one that names no tenant
   */
  static String lag(TenantState state, SchemaRef tenant) {
    String subject = dependent(state.schema(), tenant);
    ExternalStanding external = state.status().external();
    if (external != null) {
      return "%s %s and needs %s".formatted(subject, external.found(), external.required());
    }
    if (state.status().pending().isEmpty()) {
      return subject + " isn't as the application requires";
    }
    return "%s %s and needs version %s"
        .formatted(
            subject,
            Wording.standing(state.status().version()),
            Wording.needed(state.status().pending()));
  }

  static Rejected behind(TenantState state, SchemaRef tenant) {
    return new Rejected(
        new Refusal(
            CANNOT_CONNECT_NOW,
            lag(state, tenant),
            pendingAndError(state),
            "Connect again when it has been upgraded: " + wayOn(state) + "."),
        AdmissionReason.BEHIND);
  }

  /** Why nothing has come of waiting for a migration: the server is a standby. */
  static Rejected readOnly(Rejected rejected) {
    Refusal refusal = rejected.refusal();
    return new Rejected(
        new Refusal(
            refusal.sqlState(),
            refusal.message(),
            sentence(Recovery.READ_ONLY) + (refusal.detail() == null ? "" : " " + refusal.detail()),
            "Connect again when the server has been promoted, or has followed its primary."),
        rejected.reason());
  }

  static Rejected failed(TenantState state, SchemaRef tenant) {
    return failed(state, tenant, state.status().error());
  }

  /** The pending migrations of a state and its error; null if it has neither. */
  private static @Nullable String pendingAndError(TenantState state) {
    String error = state.status().external() == null ? null : state.status().error();
    String pending =
        state.status().pending().isEmpty() ? null : Wording.pending(state.status().pending());
    if (error == null) {
      return pending;
    }
    return pending == null ? sentence(error) : sentence(error) + " " + pending;
  }

  static Rejected failed(TenantState state, SchemaRef tenant, @Nullable String error) {
    String pending =
        state.status().pending().isEmpty() ? "" : " " + Wording.pending(state.status().pending());
    return new Rejected(
        new Refusal(
            CANNOT_CONNECT_NOW,
            lag(state, tenant) + ", but its migration failed",
            (error == null ? "The migration failed." : sentence(error)) + pending,
            isOthers(state)
                ? "Connect again when that has been corrected: " + wayOn(state) + "."
                : "Connect again when the migration has been corrected, or after "
                    + wayOn(state)
                    + " has succeeded."),
        AdmissionReason.FAILED);
  }

  /**
   * Held for as long as is allowed.
   *
   * @param quiet whether nothing is under way in the schema at this gateway any more
   */
  static Rejected timeout(
      MustWait wait,
      SchemaRef tenant,
      String database,
      Duration held,
      boolean quiet,
      @Nullable String failure) {
    if (wait.need() instanceof Need.Drain) {
      return drainTimeout(wait.on(), held, quiet);
    }
    if (wait.need() instanceof Need.Contact) {
      return cutOff(wait.on(), database);
    }
    return wait.need() instanceof Need.Lookup && failure != null
        ? unreachable(wait.on(), database, failure)
        : timeout(wait.on(), wait.state(), tenant, held);
  }

  private static Rejected timeout(
      SchemaRef on, @Nullable TenantState state, SchemaRef tenant, Duration held) {
    String forHow = " was held for " + Wording.seconds(held);
    if (state == null || state.status().pending().isEmpty()) {
      return new Rejected(
          new Refusal(
              CANNOT_CONNECT_NOW,
              Wording.subject(on) + forHow + " and its history still can't be read",
              null,
              "Connect again later."),
          AdmissionReason.TIMEOUT);
    }
    return new Rejected(
        new Refusal(
            CANNOT_CONNECT_NOW,
            lag(state, tenant) + "; the connection" + forHow,
            pendingAndError(state),
            isOthers(state)
                ? "Connect again later; " + wayOn(state) + "."
                : "Connect again later; a migration that is running goes on. To start one: "
                    + upgradeCommand(on)
                    + "."),
        AdmissionReason.TIMEOUT);
  }

  /** Held for as long as is allowed, for a schema whose migration hasn't begun, or isn't over. */
  private static Rejected drainTimeout(SchemaRef on, Duration held, boolean quiet) {
    return new Rejected(
        new Refusal(
            CANNOT_CONNECT_NOW,
            (quiet
                    ? "%s is being migrated; the connection was held for %s"
                    : "%s is about to be migrated; the connection was held for %s")
                .formatted(Wording.subject(on), Wording.seconds(held)),
            quiet
                ? "Its transactions at this gateway have ended; the migration isn't over yet, or"
                    + " waits for those at others."
                : "Transactions that are under way there have to end first.",
            "Try again later."),
        AdmissionReason.TIMEOUT);
  }

  static Rejected draining(SchemaRef on, SchemaRef tenant) {
    return new Rejected(
        new Refusal(
            CANNOT_CONNECT_NOW,
            dependent(on, tenant) + " is about to be migrated",
            null,
            "Try again in a moment."),
        AdmissionReason.DRAINING);
  }

  static Rejected cutOff(SchemaRef on, String database) {
    return new Rejected(
        new Refusal(
            CONNECTION_FAILURE,
            "the gateway can't reach database %s to vouch for %s"
                .formatted(database, Wording.subject(on)),
            "It begins no transaction until it has reached it and read how schemas stand.",
            "Try again when the database is back."),
        AdmissionReason.CUT_OFF);
  }

  static Rejected unknownTenant(SchemaRef schema) {
    return new Rejected(
        new Refusal(
            INVALID_SCHEMA_NAME,
            schema.tenant() == null
                ? "schema \"" + schema.schema() + "\" does not exist"
                : "there is no tenant \"%s\": schema \"%s\" does not exist"
                    .formatted(schema.tenant(), schema.schema()),
            null,
            TenantName.objection(schema) != null
                ? null
                : "To create it: tenantgate tenant create " + schema.tenant() + "."),
        AdmissionReason.UNKNOWN_TENANT);
  }

  static Rejected ahead(TenantState state, @Nullable Version highest, String known) {
    return new Rejected(
        new Refusal(
            CANNOT_CONNECT_NOW,
            "%s is at version %s, newer than the gateway's changelog, which ends at version %s"
                .formatted(Wording.subject(state.schema()), highest, known),
            null,
            "Connect again when the gateway has been given the newer migrations."),
        AdmissionReason.TOO_NEW);
  }

  static Rejected newerThanAllowed(SchemaRef schema, Version version, Version allowed) {
    return new Rejected(
        new Refusal(
            CANNOT_CONNECT_NOW,
            "%s is at version %s, the application allows version %s at most"
                .formatted(Wording.subject(schema), version, allowed),
            "tenantgate.max_version is " + allowed + ".",
            "Use a release of the application that knows version " + version + "."),
        AdmissionReason.TOO_NEW);
  }

  static Rejected noSuchVersion(
      SchemaRef schema, @Nullable Version version, Version needed, String known) {
    return new Rejected(
        new Refusal(
            CANNOT_CONNECT_NOW,
            noSuchVersionText(schema, version, needed, known),
            "tenantgate.min_version is " + needed + ".",
            "Connect again when the gateway has been given the newer migrations."),
        AdmissionReason.NO_SUCH_VERSION);
  }

  static String noSuchVersionText(
      SchemaRef schema, @Nullable Version version, Version needed, String known) {
    return "%s %s and needs version %s, but the changelog ends at version %s"
        .formatted(Wording.subject(schema), Wording.standing(version), needed, known);
  }

  static Rejected unreadable(SchemaRef schema, @Nullable String error) {
    return new Rejected(
        new Refusal(
            CANNOT_CONNECT_NOW,
            "the migration history of " + Wording.subject(schema) + " can't be read",
            error == null ? null : sentence(error),
            null),
        AdmissionReason.UNREADABLE);
  }

  /** The description of an unmanaged schema, for a rejection's message and for a warning. */
  static String unmanagedText(TenantState state, SchemaRef tenant) {
    Unmanaged found = state.status().unmanaged();
    return dependent(state.schema(), tenant)
        + (found == null || found.histories().isEmpty()
            ? " is unmanaged: it isn't empty, and has no migration history that is understood"
            : " is unmanaged: its migration history is that of %s, and wasn't taken over"
                .formatted(found.histories().get(0).table().label()));
  }

  static Rejected unmanaged(TenantState state, SchemaRef tenant) {
    Unmanaged found = state.status().unmanaged();
    return new Rejected(
        new Refusal(
            CANNOT_CONNECT_NOW,
            unmanagedText(state, tenant),
            found == null ? null : sentence(found.what()),
            found == null ? null : "To go on: " + found.wayOn() + "."),
        AdmissionReason.UNMANAGED);
  }

  /** The subject, and whose it is if a tenant's session stands still because of {@code public}. */
  private static String dependent(SchemaRef on, SchemaRef tenant) {
    return on.isPublic() && !tenant.isPublic()
        ? Wording.subject(tenant) + " depends on " + Wording.subject(on) + ", which"
        : Wording.subject(on);
  }

  static Rejected lookupFailed(SchemaRef schema, String database, Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    if (cause instanceof LookupFailedException failed) {
      return switch (failed.kind()) {
        case UNREACHABLE -> unreachable(schema, database, failed.getMessage());
        case UNREADABLE -> unreadable(schema, failed.getMessage());
        case CLOSED -> shutdown();
      };
    }
    return unreadable(schema, String.valueOf(cause));
  }

  static Rejected unreachable(SchemaRef schema, String database, @Nullable String error) {
    return new Rejected(
        new Refusal(
            CONNECTION_FAILURE,
            "database %s can't be reached to verify %s"
                .formatted(database, Wording.subject(schema)),
            error == null ? null : sentence(error),
            "Connect again when the database is back."),
        AdmissionReason.UNREACHABLE);
  }

  static Rejected queueFull(int limit) {
    return full("too many connections are held: the limit is " + limit + " (gate.max-held)");
  }

  static Rejected tenantQueueFull(SchemaRef tenant, int limit) {
    return full(
        "too many connections are held for %s: the limit is %d (gate.max-held-per-tenant)"
            .formatted(Wording.subject(tenant), limit));
  }

  static Rejected shutdown() {
    return new Rejected(
        Refusal.of(ADMIN_SHUTDOWN, "the gateway is shutting down"), AdmissionReason.SHUTDOWN);
  }

  private static Rejected full(String message) {
    return new Rejected(
        new Refusal(TOO_MANY_CONNECTIONS, message, null, "Connect again later."),
        AdmissionReason.QUEUE_FULL);
  }

  /** Whether another tool has to be run by somebody for it. */
  private static boolean isOthers(TenantState state) {
    ExternalStanding external = state.status().external();
    return external != null && !external.runnable();
  }

  /** The command, or the tool, that brings a schema up to date. */
  private static String wayOn(TenantState state) {
    ExternalStanding external = state.status().external();
    return external == null ? upgradeCommand(state.schema()) : external.wayOn(state.schema());
  }

  /** A connection asks for a version of a tool that doesn't count in numbers. */
  static Rejected noNumbers(ExternalTool tool) {
    String label = tool.label();
    return new Rejected(
        new Refusal(
            CANNOT_CONNECT_NOW,
            "tenantgate.min_version and tenantgate.max_version can't be held against %s"
                .formatted(label == null ? "another tool's history" : label + "'s history"),
            "It is required to have " + tool.requirement() + ", which isn't a number.",
            "Connect without them; gate.required says what is required."),
        AdmissionReason.NO_SUCH_VERSION);
  }

  private static String upgradeCommand(SchemaRef schema) {
    return schema.tenant() == null
        ? "tenantgate upgrade --all"
        : "tenantgate upgrade " + schema.tenant();
  }

  private static String sentence(String text) {
    String first = Character.toUpperCase(text.charAt(0)) + text.substring(1);
    return first.endsWith(".") ? first : first + ".";
  }
}
