package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.ExternalStanding;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The schema that a held session waits for, and its state. Immutable.
 *
 * @param schema the schema it waits for
 * @param phase what is going on with that schema
 * @param version the schema's version; null if it has none or isn't known yet
 * @param pending what it still needs
 * @param held for how long the session has been held
 * @param external where it stands with the tool that migrates it; null where this migrator does
 * @param others how many other sessions wait for the same schema
 */
public record HoldProgress(
    SchemaRef schema,
    Phase phase,
    @Nullable Version version,
    List<Migration> pending,
    @Nullable ExternalStanding external,
    Duration held,
    int others) {

  /** The work that goes on in the schema. */
  public enum Phase {
    /** Its history is being read. */
    LOOKUP("its history is being read"),
    /** It waits for a free worker. */
    QUEUED("its migration is queued"),
    /** This gateway migrates it. */
    MIGRATING("its migration is running"),
    /** Another process migrates it. */
    ELSEWHERE("another process is migrating it"),
    /** The server is a standby: what is migrated at its primary comes by replication. */
    READ_ONLY("the database server is read-only (a standby)"),
    /** Transactions have to end before it is migrated. */
    DRAINING("transactions that are under way end before it is migrated"),
    /** The gateway has to reach the database. */
    CUT_OFF("the gateway can't reach the database"),
    /** Nothing yet: an operator has to start it. */
    MANUAL("waiting for an operator to upgrade it"),
    /** Nothing here: another tool has to be run for it. */
    OTHER_TOOL("waiting for that tool to migrate it");

    private final String text;

    Phase(String text) {
      this.text = text;
    }
  }

  public HoldProgress {
    pending = List.copyOf(pending);
  }

  /**
   * A sentence for a NOTICE: {@code tenant "globex" is at version 5 and needs 7 (2 migrations: 6,
   * 7); its migration is running; held for 3 s with 12 other connections}.
   */
  public String text() {
    StringBuilder text = new StringBuilder(Wording.subject(schema));
    if (external != null) {
      text.append(' ').append(external.found()).append(" and needs ").append(external.required());
      if (pending.size() > 1) {
        text.append(" (").append(Wording.count(pending.size(), "migration")).append(")");
      }
    } else if (!pending.isEmpty()) {
      text.append(' ')
          .append(Wording.standing(version))
          .append(" and needs ")
          .append(Wording.needed(pending))
          .append(" (")
          .append(Wording.count(pending.size(), "migration"))
          .append(": ")
          .append(Wording.versions(pending))
          .append(")");
    }
    text.append(pending.isEmpty() ? ": " : "; ").append(phase.text);
    text.append("; held for ").append(Wording.seconds(held));
    if (others > 0) {
      text.append(" with ").append(Wording.count(others, "other connection"));
    }
    return text.toString();
  }
}
