package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.connect.ConnectionEnds;
import org.jspecify.annotations.Nullable;

/**
 * A client, as it was at one moment, for people. Immutable.
 *
 * @param id its number among all clients that have come
 * @param user its user
 * @param database its database
 * @param replication as it asked for it; null for none
 * @param doing what it does
 * @param ends the addresses of its connection, and its TLS
 * @param connectedMillis when it connected, by the clock of the day
 * @param requestedMillis when it last sent something, by the clock of the day
 * @param waitMicros for how long it has waited for an answer, or for its turn; 0 for not at all
 * @param process the process that it was told to be served by; 0 if it was told none
 * @param backend the process at the server that it has; 0 if it has none
 * @param application its {@code application_name}; empty if it has none
 * @param prepared how many statements it has prepared by name
 * @param tenant whose schema it is in; null for nobody's
 */
public record ConnectedClient(
    long id,
    String user,
    String database,
    @Nullable String replication,
    Doing doing,
    ConnectionEnds ends,
    long connectedMillis,
    long requestedMillis,
    long waitMicros,
    int process,
    int backend,
    String application,
    int prepared,
    @Nullable String tenant) {

  /** The states of a client. */
  public enum Doing {
    /** It has a server's attention, or a server of its own. */
    ACTIVE("active", ""),
    /** It has no server, and wants none. */
    IDLE("idle", ""),
    /** It waits for a server. */
    WAITING("waiting", "server"),
    /** It waits until its tenant is up to date, or a PAUSE is over. */
    HELD("waiting", "gate"),
    /** It logs in to the server. */
    LOGIN("waiting", "login");

    private final String state;
    private final String waitsFor;

    Doing(String state, String waitsFor) {
      this.state = state;
      this.waitsFor = waitsFor;
    }

    /** In PgBouncer's words. */
    public String state() {
      return state;
    }

    /** The thing that it waits for; empty for nothing. */
    public String waitsFor() {
      return waitsFor;
    }
  }
}
