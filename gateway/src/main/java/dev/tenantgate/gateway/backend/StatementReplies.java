package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.backend.Reply.Closed;
import dev.tenantgate.gateway.backend.Reply.Defined;
import dev.tenantgate.gateway.backend.Reply.Described;
import dev.tenantgate.gateway.backend.Reply.Evicted;
import dev.tenantgate.gateway.backend.Reply.Forgetting;
import dev.tenantgate.gateway.backend.Reply.Plain;
import dev.tenantgate.gateway.backend.Reply.Prepared;
import dev.tenantgate.gateway.backend.Reply.Unnamed;
import dev.tenantgate.gateway.backend.Reply.Verbatim;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.FrameWalker;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.statements.Description;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Among what a backend sends, the answers that are about prepared statements: which of these it has
 * from then on, what it says of them, and which are of no use any more. Event-loop confined.
 */
final class StatementReplies {

  /** No description is longer: 1,664 columns, with 63 bytes of name each. */
  private static final int MOST_DESCRIPTION_BYTES = 1 << 20;

  private static final int HEADER_BYTES = 5;
  private static final int SQL_STATE_BYTES = 5;
  private static final String NONSTANDARD_ESCAPE = "22P06";

  private final PooledBackend backend;
  private final ReplyQueue owed;
  private final BackendStatements statements;

  /** A statement whose parameters have been described, and whose columns come next. */
  private @Nullable Described describing;

  private byte[] parameters = new byte[0];

  StatementReplies(PooledBackend backend, ReplyQueue owed, BackendStatements statements) {
    this.backend = backend;
    this.owed = owed;
    this.statements = statements;
  }

  /** How much is read of a description, where somebody wants it. */
  int wantedBytes(byte type, int bodyBytes) {
    boolean wanted =
        type == BackendMessage.PARAMETER_DESCRIPTION
            ? owed.peek() instanceof Described
            : describing != null;
    if (!wanted) {
      return 0;
    }
    if (bodyBytes > MOST_DESCRIPTION_BYTES) {
      throw new ProtocolViolation("a description of %d bytes".formatted(bodyBytes));
    }
    return bodyBytes;
  }

  /** A ParseComplete, BindComplete or CloseComplete; what becomes of it. */
  int complete(byte type) {
    Reply reply = owed.peek();
    return switch (type) {
      case BackendMessage.PARSE_COMPLETE -> parsed(reply);
      case BackendMessage.CLOSE_COMPLETE -> closed(reply);
      default -> {
        if (reply == Plain.BIND || reply instanceof BackendStatement) {
          owed.poll();
        }
        yield FrameWalker.FORWARD;
      }
    };
  }

  private int parsed(@Nullable Reply reply) {
    if (reply == Plain.PARSE) {
      owed.poll();
    } else if (reply instanceof Unnamed unnamed && unnamed.by() == Unnamed.By.PARSE) {
      owed.poll();
      unnamed.done();
    } else if (reply instanceof Verbatim verbatim) {
      owed.poll();
      verbatim.done().run();
    } else if (reply == Plain.PARSE_AGAIN) {
      owed.poll();
      return FrameWalker.DROP;
    } else if (reply instanceof Prepared prepared) {
      owed.poll();
      statements.confirm(prepared.statement());
      return FrameWalker.DROP;
    } else if (reply instanceof Defined defined) {
      owed.poll();
      defined.all().defined(defined.statement());
      statements.confirm(defined.prepared());
    }
    return FrameWalker.FORWARD;
  }

  private int closed(@Nullable Reply reply) {
    if (reply == Plain.CLOSE) {
      owed.poll();
    } else if (reply instanceof Verbatim verbatim) {
      owed.poll();
      verbatim.done().run();
    } else if (reply instanceof Closed closed) {
      owed.poll();
      closed.all().closed(closed.statement());
    } else if (reply instanceof Unnamed unnamed && unnamed.by() == Unnamed.By.CLOSE) {
      owed.poll();
      unnamed.done();
    } else if (reply instanceof Evicted) {
      owed.poll();
      return FrameWalker.DROP;
    }
    return FrameWalker.FORWARD;
  }

  /** A ParameterDescription. */
  int parameters(ByteBuf in, int at, int bodyBytes) {
    Reply reply = owed.peek();
    if (reply instanceof Described described) {
      owed.poll();
      describing = described;
      parameters = new byte[bodyBytes];
      in.getBytes(at + HEADER_BYTES, parameters);
      return described.hidden() ? FrameWalker.DROP : FrameWalker.FORWARD;
    }
    return FrameWalker.FORWARD;
  }

  /** A RowDescription or a NoData, of a portal perhaps. */
  int columns(byte type, ByteBuf in, int at, int bodyBytes) {
    Described described = describing;
    if (described == null) {
      if (owed.peek() == Plain.DESCRIBE_PORTAL) {
        owed.poll();
      }
      return FrameWalker.FORWARD;
    }
    describing = null;
    described
        .taken()
        .accept(
            Description.of(
                parameters,
                type == BackendMessage.NO_DATA ? null : in.slice(at + HEADER_BYTES, bodyBytes)));
    return described.hidden() ? FrameWalker.DROP : FrameWalker.FORWARD;
  }

  /**
   * An error has come. If it says that a statement can't be used as it was analysed, it isn't used
   * again; if it is about something else that the session keeps, nobody gets that session after
   * this lease.
   */
  void failed(ByteBuf in, int at, int bodyBytes) {
    Described described = describing;
    describing = null;
    if (!isOutdated(in, at + HEADER_BYTES, bodyBytes)) {
      return;
    }
    Reply reply = owed.peek();
    if (reply instanceof BackendStatement bound) {
      statements.retire(bound);
    } else if (reply instanceof Described next && next.statement() != null) {
      statements.retire(next.statement());
    } else if (described != null && described.statement() != null) {
      statements.retire(described.statement());
    } else if (!isOfStatement(reply)) {
      backend.retire();
    }
  }

  private static boolean isOfStatement(@Nullable Reply reply) {
    return reply instanceof Unnamed
        || reply == Plain.BIND
        || reply == Plain.PARSE
        || reply == Plain.PARSE_AGAIN
        || reply instanceof Prepared
        || reply instanceof Defined
        || reply instanceof Described;
  }

  /** Whether an error comes of what a session remembers of objects that are others by now. */
  private static boolean isOutdated(ByteBuf in, int bodyAt, int bodyBytes) {
    int end = Math.min(in.writerIndex(), bodyAt + bodyBytes);
    String state = sqlState(in, bodyAt, end);
    boolean plan = state.equals(SqlState.FEATURE_NOT_SUPPORTED.code());
    boolean object = state.equals(SqlState.INTERNAL_ERROR.code());
    if (!plan && !object && !state.equals(SqlState.DATATYPE_MISMATCH.code())) {
      return false;
    }
    Report report = Report.decode(in.slice(bodyAt, end - bodyAt));
    String routine = report.routine() == null ? "" : report.routine();
    if (plan) {
      return routine.equals(Report.CACHED_PLAN_ROUTINE);
    }
    // The server doesn't translate what it calls an internal error.
    return object
        ? report.message().startsWith("cache lookup failed")
            || report.message().startsWith("could not open relation with OID")
        : routine.startsWith("plpgsql_param_");
  }

  /** Whether the parameters of a statement have been described, and its columns come next. */
  boolean isDescribing() {
    return describing != null;
  }

  /** Whether the next Parse to be answered is one that no client has sent. */
  boolean preparesUnseen() {
    Reply reply = owed.peek();
    return reply instanceof Prepared || reply == Plain.PARSE_AGAIN;
  }

  /** Whether a notice is about the text of a Parse, of which its client was told already. */
  static boolean isOfParse(ByteBuf in, int at, int bodyBytes) {
    int bodyAt = at + HEADER_BYTES;
    return sqlState(in, bodyAt, Math.min(in.writerIndex(), bodyAt + bodyBytes))
        .equals(NONSTANDARD_ESCAPE);
  }

  /** The code of an error, whose fields end with a NUL each; empty if it has none. */
  private static String sqlState(ByteBuf in, int from, int end) {
    int at = from;
    while (at < end && in.getByte(at) != 0) {
      if (in.getByte(at) == 'C' && at + 1 + SQL_STATE_BYTES < end) {
        return in.toString(at + 1, SQL_STATE_BYTES, java.nio.charset.StandardCharsets.US_ASCII);
      }
      int nul = in.indexOf(at, end, (byte) 0);
      at = nul < 0 ? end : nul + 1;
    }
    return "";
  }

  /** The server has skipped it. */
  void undo(Reply reply) {
    if (reply instanceof Forgetting forgetting) {
      forgetting.outcome().undone();
    } else if (reply instanceof Prepared prepared) {
      statements.forget(prepared.statement());
    } else if (reply instanceof Evicted evicted) {
      statements.keep(evicted.statement());
    } else if (reply instanceof Closed closed) {
      closed.all().putBack(closed.statement());
      if (closed.prepared() != null) {
        statements.keep(closed.prepared());
      }
    } else if (reply instanceof Defined defined) {
      defined.all().undefined(defined.statement());
      statements.forget(defined.prepared());
    } else if (reply instanceof Unnamed unnamed) {
      unnamed.skipped();
    } else if (reply == Plain.PARSE_AGAIN) {
      backend.unnamedIs(null, 0);
    }
  }
}
