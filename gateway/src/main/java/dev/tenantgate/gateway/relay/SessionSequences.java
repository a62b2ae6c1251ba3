package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.pool.Lender;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scan.SequenceWords;
import dev.tenantgate.gateway.scan.SqlScan;
import dev.tenantgate.gateway.settings.PinReason;
import dev.tenantgate.gateway.statements.StatementText;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that {@code currval} and {@code lastval} give a client the values of its own
 * statements, or an error, and never another client's. A client that reads them is pinned. One that
 * only advances sequences, as every INSERT may, isn't: another client clears the state that this
 * leaves on a backend, by {@code DISCARD SEQUENCES}, before it reads.
 *
 * <ul>
 *   <li>A backend knows whether all its state is one client's.
 *   <li>In front of a client's first statement that may advance a sequence the others' is cleared,
 *       so that a read behind it is right: once for each client.
 *   <li>Once a client of the same database and user has read, the next ones are pinned by that
 *       statement.
 *   <li>A client that reads for the first time later on may do so in a transaction that has
 *       advanced the sequence: its lock shows it. Else it is told once that it can't be known.
 * </ul>
 *
 * <p>Event-loop confined.
 */
final class SessionSequences {

  /** Whether the transaction under way has advanced the sequence. */
  private enum Evidence {
    UNKNOWN,
    ASKED,
    ADVANCED,
    NOT_ADVANCED,
    /** The text doesn't say what it reads. */
    NONE
  }

  private static final int READS = SequenceWords.READS_LAST | SequenceWords.READS_CURRENT;

  private final Relay relay;
  private final Lender pool;
  private final Requests requests;
  private boolean advanced;
  private boolean reader;

  /** Sequences may have been advanced on a backend that others have used as well. */
  private boolean lost;

  /** {@code lastval} is this client's, although there is state of others on the backend. */
  private boolean lastIsOwn;

  private Evidence evidence = Evidence.UNKNOWN;
  private long evidenceNanos;

  SessionSequences(Relay relay, Lender pool, Requests requests) {
    this.relay = relay;
    this.pool = pool;
    this.requests = requests;
  }

  /** A backend is lent. */
  void leased(PooledBackend backend) {
    backend.sequences().mayBeAdvancedBy(relay.holder());
    lost |= advanced && !isOwn(backend);
    lastIsOwn = false;
  }

  private boolean isOwn(PooledBackend backend) {
    return backend.sequences().areOf(relay.holder());
  }

  /**
   * Lets a text pass that is about to be run, or prepared.
   *
   * @param inBatch whether nothing can be put in front of it
   * @param type of the message, for a refusal
   * @return a verdict of {@link Requests#frame}
   */
  int pass(PooledBackend backend, ByteBuf in, int at, int bytes, boolean inBatch, byte type) {
    int words = SequenceWords.in(in, at, bytes);
    boolean within = relay.server().unpoolableRoutines().readSequencesIn(in, at, bytes);
    boolean reads = within || (words & READS) != 0;
    return reads && SqlScan.onlyDefines(in, at, bytes, relay.effects().texts().rules())
        ? Requests.FORWARD
        : pass(backend, words, reads ? in.slice(at, bytes) : null, inBatch, type);
  }

  /** Whether a text has to do with sequences. */
  boolean concerns(ByteBuf in, int at, int bytes) {
    return SequenceWords.in(in, at, bytes) != 0
        || relay.server().unpoolableRoutines().readSequencesIn(in, at, bytes);
  }

  /** The same of a statement that was prepared before. */
  int pass(PooledBackend backend, StatementText text, boolean inBatch, byte type) {
    int words = text.sequenceWords(in -> SequenceWords.in(in, 0, in.readableBytes()));
    boolean reads = (words & READS) != 0;
    if (!reads && relay.server().unpoolableRoutines().readSequences()) {
      relay.server().statementTexts().use(text);
      ByteBuf in = text.text();
      reads = relay.server().unpoolableRoutines().readSequencesIn(in, 0, in.readableBytes());
    }
    return pass(backend, words, reads ? text.text() : null, inBatch, type);
  }

  private int pass(
      PooledBackend backend, int words, @Nullable ByteBuf reading, boolean inBatch, byte type) {
    if (backend.isInFailedTransaction() && backend.owed().isEmpty()) {
      return Requests.FORWARD; // it won't run
    }
    if (reading == null) {
      if (words != 0) {
        advance(backend, words, inBatch);
      }
      return Requests.FORWARD;
    }
    return relay.server().refusesUnpoolable()
        ? requests.refuse(backend, type, StatementGate.unpoolable(PinReason.SEQUENCE.words()))
        : read(backend, words, reading, inBatch, type);
  }

  private void advance(PooledBackend backend, int words, boolean inBatch) {
    if (relay.server().refusesUnpoolable()) {
      return; // nobody reads
    }
    boolean expected = reader || pool.readsSequences();
    boolean clears = expected || !advanced || (words & SequenceWords.SETS) != 0;
    advanced = true;
    if (!isOwn(backend) || (lost && expected)) {
      if (clears && !inBatch) {
        clear(backend);
      } else {
        lost = true;
      }
    }
    if (expected) {
      relay.pin().set(PinReason.SEQUENCE);
    }
  }

  private int read(PooledBackend backend, int words, ByteBuf text, boolean inBatch, byte type) {
    reader = true;
    pool.sequenceRead();
    boolean lastOnly = (words & SequenceWords.READS_CURRENT) == 0;
    if ((isOwn(backend) && !lost) || (lastIsOwn && lastOnly)) {
      return pinned(words);
    }
    if (inBatch) {
      return refuse(backend, type);
    }
    if (!backend.isBetweenTransactions()) {
      Evidence found = evidenceFor(backend, lastOnly ? null : text);
      if (found == Evidence.ASKED) {
        return Requests.PAUSE;
      }
      evidence = Evidence.UNKNOWN; // of the next text it says nothing
      if (found == Evidence.ADVANCED) {
        lastIsOwn = true;
        return pinned(words);
      }
      if (found == Evidence.NONE) {
        return refuse(backend, type);
      }
    }
    boolean advancesFirst = (words & SequenceWords.ADVANCES_FIRST) != 0;
    if (lost && !advancesFirst && (words & READS) != 0) {
      return refuse(backend, type);
    }
    clear(backend);
    return pinned(words);
  }

  private int pinned(int words) {
    advanced |= (words & SequenceWords.ADVANCES) != 0;
    relay.pin().set(PinReason.SEQUENCE);
    return Requests.FORWARD;
  }

  private void clear(PooledBackend backend) {
    requests.emitBefore();
    backend.sequences().discardFor(relay.holder());
    lost = false;
    lastIsOwn = false;
  }

  /** The value may be another client's; from the next transaction on it is the client's own. */
  private int refuse(PooledBackend backend, byte type) {
    relay.pin().set(PinReason.SEQUENCE);
    lost = true;
    return requests.refuse(
        backend,
        type,
        new Report(
            Severity.ERROR,
            SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE.code(),
            "currval() and lastval() aren't known of sequences that were advanced earlier",
            "The session shared its backends up to now; other sessions have advanced sequences"
                + " there since.",
            "Advance the sequence again: from now on the session keeps a backend of its own."
                + " INSERT … RETURNING needs none."));
  }

  /** The server's word on the transaction under way; asked for if it isn't known. */
  private Evidence evidenceFor(PooledBackend backend, @Nullable ByteBuf text) {
    if (evidenceNanos != relay.passage().beganNanos()) {
      evidence = Evidence.UNKNOWN;
    }
    if (evidence == Evidence.UNKNOWN) {
      String sql = text == null ? SequenceEvidence.sql() : SequenceEvidence.sqlFor(text);
      if (sql == null) {
        return Evidence.NONE;
      }
      evidenceNanos = relay.passage().beganNanos();
      evidence = Evidence.ASKED;
      ask(backend, sql);
    }
    return evidence;
  }

  private void ask(PooledBackend backend, String sql) {
    SequenceEvidence[] question = new SequenceEvidence[1];
    question[0] =
        new SequenceEvidence(
            () -> {
              evidence = question[0].isFound() ? Evidence.ADVANCED : Evidence.NOT_ADVANCED;
              relay.goOnLater();
            });
    requests.emitBefore();
    backend.unnamedIs(null, 0);
    backend.owed().add(question[0]);
    backend.write(FrontendMessage.query(backend.channel().alloc(), sql));
    backend.flush();
  }
}
