package dev.tenantgate.gateway.tracing;

import dev.tenantgate.config.TracingSettings.Transactions;
import dev.tenantgate.gateway.scan.Operand;
import dev.tenantgate.gateway.scan.SessionEffect;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The spans of one client: of its way in, then of its transactions. A transaction's span is a child
 * of the context that its first statement with one brought, else of the session's. Event-loop
 * confined.
 */
public final class ClientTrace {

  private final Tracing tracing;
  private final Transactions mode;
  private final long acceptedNanos = System.nanoTime();
  private Map<String, String> about = Map.of();
  private String tenant = "";

  /** The context that the client began with, and the one it has set since. */
  private @Nullable TraceContext first;

  private @Nullable TraceContext session;

  private @Nullable TraceSpan connect;
  private @Nullable SpanName step;
  private @Nullable TraceSpan stepSpan;
  private @Nullable TraceSpan poolWait;

  /** Whether a transaction is under way, and whether it is decided that it has a span or not. */
  private boolean open;

  private boolean decided;
  private long beganNanos;
  private @Nullable TraceSpan transaction;
  private @Nullable TraceSpan statement;

  /** The last context that a statement of the transaction came with. */
  private @Nullable TraceContext last;

  /** A client has connected. */
  public ClientTrace(Tracing tracing) {
    this.tracing = tracing;
    this.mode = tracing.transactions();
  }

  // ---- the way in

  /**
   * The client has said what it wants.
   *
   * @param context its own; null if it has sent none that is valid
   * @param attributes of each of its spans
   */
  public void asked(@Nullable TraceContext context, Map<String, String> attributes) {
    first = context;
    session = context;
    about = attributes;
    connect = described(tracing.begin(SpanName.CONNECT, context, acceptedNanos));
  }

  /** Where the client is. */
  public void tenant(@Nullable String name) {
    tenant = name == null ? "" : name;
    TraceSpan begun = connect;
    if (begun != null && !tenant.isEmpty()) {
      begun.set("tenantgate.tenant", tenant);
    }
  }

  /** The client's way in comes to another step; null where that has no span of its own. */
  public void step(@Nullable SpanName next) {
    if (next == step) {
      return;
    }
    if (stepSpan != null) {
      stepSpan.end();
    }
    step = next;
    stepSpan = next == null || connect == null ? null : connect.child(next);
  }

  /** The client was told that it may begin. */
  public void connected() {
    step(null);
    if (connect != null) {
      connect.end();
      connect = null;
    }
  }

  /**
   * The client is gone, or is sent away.
   *
   * @param reason a SQLSTATE, or a word; null if it left as it wanted to
   */
  public void ended(@Nullable String reason) {
    waitsNoMore(null);
    endOf(stepSpan, reason);
    endOf(connect, reason);
    endOf(statement, reason);
    endOf(transaction, reason);
    stepSpan = null;
    connect = null;
    statement = null;
    transaction = null;
  }

  private static void endOf(@Nullable TraceSpan span, @Nullable String reason) {
    if (span != null) {
      (reason == null ? span : span.failed(reason)).end();
    }
  }

  // ---- its transactions

  /**
   * A message is looked at; once more if it had to wait.
   *
   * @param at where the text of a query begins that it has
   * @param bytes of that text; 0 if it has none, or one that is too long
   */
  public void request(ByteBuf in, int at, int bytes) {
    use(bytes == 0 ? null : SqlComment.contextIn(in, at, bytes));
  }

  private void use(@Nullable TraceContext context) {
    if (!open) {
      open = true;
      beganNanos = System.nanoTime();
    }
    if (context == null || context.equals(last)) {
      begin(session, mode == Transactions.ALL);
    } else if (transaction == null) {
      last = context;
      decided = false;
      begin(context, false);
    } else {
      last = context;
      endOf(statement, null);
      statement = described(tracing.begin(SpanName.STATEMENT, context, System.nanoTime()));
    }
  }

  private void begin(@Nullable TraceContext parent, boolean alsoWithout) {
    if (!decided && mode != Transactions.NONE && (parent != null || alsoWithout)) {
      decided = true;
      transaction = described(tracing.begin(SpanName.TRANSACTION, parent, beganNanos));
    }
  }

  private @Nullable TraceSpan described(@Nullable TraceSpan span) {
    if (span != null) {
      about.forEach(span::set);
      if (!tenant.isEmpty()) {
        span.set("tenantgate.tenant", tenant);
      }
    }
    return span;
  }

  /** A statement with this effect goes out: the context may be set like any parameter. */
  public void note(SessionEffect effect) {
    switch (effect.kind().parameters()) {
      case SETS -> {
        SessionEffect.SetParameter set = (SessionEffect.SetParameter) effect;
        if (set.name().equals(TraceContext.PARAMETER)) {
          set(set.value() instanceof Operand.Literal value ? value.text() : "", set.local());
        }
      }
      case RESETS -> {
        if (((SessionEffect.Named) effect).name().equals(TraceContext.PARAMETER)) {
          set(null, false);
        }
      }
      case ALL_BUT_USER, ALL -> set(null, false);
      case NONE, PUT_BACK, COMPUTED, LATER, ANY -> {}
    }
  }

  /**
   * The client has set its context, or has put it back.
   *
   * @param traceparent null is what it began with; what isn't valid counts for none
   * @param local whether for the transaction under way alone
   */
  private void set(@Nullable String traceparent, boolean local) {
    TraceContext context = traceparent == null ? first : TraceContext.parse(traceparent, null);
    if (!local) {
      session = context;
    } else if (context != null) {
      use(context);
    }
  }

  /** The span of what goes on: the transaction's, or the way in; null if there is none. */
  public @Nullable TraceSpan current() {
    return transaction == null ? connect : transaction;
  }

  /** The same for one that has to wait, whose transaction is worth a span from now on. */
  public @Nullable TraceSpan currentThatWaits() {
    if (connect == null) {
      begin(last == null ? session : last, true);
    }
    return current();
  }

  /** The client waits for a backend. */
  public void waitsForBackend() {
    TraceSpan span = poolWait == null ? currentThatWaits() : null;
    if (span != null) {
      poolWait = span.child(SpanName.POOL_WAIT);
    }
  }

  /**
   * It has one, or waits no more.
   *
   * @param refusal the SQLSTATE of the reason why it gets none; null without one
   */
  public void waitsNoMore(@Nullable String refusal) {
    endOf(poolWait, refusal);
    poolWait = null;
  }

  /** The server has answered with an error. */
  public void errored(String sqlState) {
    TraceSpan span = statement == null ? transaction : statement;
    if (span != null) {
      span.failed(sqlState);
    }
  }

  /** A ReadyForQuery is here. */
  public void ready(boolean transactionEnded, boolean owesNothing) {
    if (owesNothing && statement != null) {
      statement.end();
      statement = null;
    }
    if (transactionEnded) {
      transactionEnded();
      open = !owesNothing;
      beganNanos = open ? System.nanoTime() : 0;
    }
  }

  private void transactionEnded() {
    if (transaction != null) {
      transaction.end();
      transaction = null;
    }
    decided = false;
    last = null;
  }
}
