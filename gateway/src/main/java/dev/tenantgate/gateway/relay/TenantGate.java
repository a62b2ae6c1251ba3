package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.routines.PendingDefinitions;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.tenant.Refusal;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The gate as one session meets it: before each of its transactions, and where a statement leads to
 * another tenant. Event-loop confined.
 */
public interface TenantGate {

  /** From {@link #generation}: the tenant isn't known to be as required; ask. */
  long NOT_CURRENT = Long.MIN_VALUE;

  /** The same for a session that was let through whether they are as required or not. */
  long generationAsItIs();

  /**
   * Whether a transaction that was let through may begin at this very moment: it may have waited
   * for a backend since.
   */
  boolean mayBeginNow();

  /** The transaction that was let through has ended. */
  void transactionEnded();

  /** The client's transaction has begun: it may end although the gateway stops. */
  void transactionBegan();

  /** Whether an operator has paused the session's database, or its tenant. */
  boolean isPaused();

  /** The gate's word. */
  record Answer(@Nullable Report refusal) {
    public static final Answer ADMITTED = new Answer(null);
  }

  /** Whether anything of the session can be held. */
  boolean isGated();

  /** The tenant that the session's leases count for. */
  Object tenant();

  /**
   * Where the session's schemas stand, as a number that changes with each of their migrations;
   * {@link #NOT_CURRENT} unless they are known to be as required. Costs next to nothing.
   */
  long generation();

  /**
   * Asks for the next transaction.
   *
   * @param searchPath where it leads; null for where the session is
   * @param begins whether a pause of where it leads holds it: no transaction block is open
   * @param later told the answer, unless it is given at once or the question is withdrawn
   * @return the answer; null if the session is held until there is one
   */
  @Nullable Answer ask(@Nullable String searchPath, boolean begins, Consumer<Answer> later);

  /**
   * Asks for a statement that names schemas of tenants.
   *
   * @param later told the answer, unless it is given at once or the question is withdrawn
   * @return the answer; null if the session is held until there is one
   */
  @Nullable Answer askFor(SessionEffect.NamesSchemas named, Consumer<Answer> later);

  /** Whether a statement names schemas to which the transaction wasn't let through. */
  boolean leadsElsewhere(SessionEffect.NamesSchemas named);

  /** The names of schemas that texts are searched for. */
  QualifiedNames qualified();

  /** Why a statement may not go out at all, wherever it leads; null if it may. */
  @Nullable Report objection(SessionEffect effect);

  /** Why a text may not go out that nobody can look at before it runs; null if it may. */
  @Nullable Report objectionToUnseen();

  /** Whether a path leads to other schemas than the session's own, or to none that may be. */
  boolean leadsElsewhere(String searchPath);

  /** Whether a FunctionCall of this function may lead elsewhere. */
  boolean mayLead(int function);

  /** Whether a text calls what may lead elsewhere without showing it. */
  boolean mayHide(ByteBuf text, int from, int bytes);

  /** Clients' definitions of late that may lead elsewhere; null where nothing is gated. */
  @Nullable PendingDefinitions definitions();

  /** The rules by which texts are looked at: the same object for the same answers. */
  Object textRules();

  /** Whether the session is in no tenant's schema. */
  boolean isUntenanted();

  /** How many migrations have become known, of any schema. */
  long migrations();

  /** The schemas that the session is in, to be compared. */
  Object schemas();

  /** The session waits no more. */
  void withdraw();

  /**
   * A path as a user sees it.
   *
   * @param searchPath null for the one that the session began with
   * @param user null for the one that the session began with
   */
  String resolved(@Nullable String searchPath, @Nullable String user);

  /**
   * The session's path is another, or its user is.
   *
   * @param searchPath null for a fresh connection's own
   * @param user null for the one that the session began with
   */
  void moveTo(@Nullable String searchPath, @Nullable String user);

  /** A refusal as the client is told of it. */
  static Report report(Refusal refusal) {
    return new Report(
        Severity.ERROR, refusal.sqlState(), refusal.message(), refusal.detail(), refusal.hint());
  }
}
