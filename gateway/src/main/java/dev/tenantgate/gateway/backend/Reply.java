package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.statements.ClientStatement;
import dev.tenantgate.gateway.statements.ClientStatements;
import dev.tenantgate.gateway.statements.Description;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The reply that a backend owes for one message that was sent to it: every ReadyForQuery, and the
 * answer to each message of the extended protocol, some of which no client asked for. So an error
 * answers the message that is next, and those behind it are skipped.
 */
public sealed interface Reply
    permits Reply.Plain,
        Reply.Prepared,
        Reply.Evicted,
        Reply.Defined,
        Reply.Closed,
        Reply.Described,
        Reply.Forgetting,
        Reply.Inserted,
        Reply.Refusal,
        Reply.Unnamed,
        Reply.Exchange,
        Reply.Verbatim,
        BackendStatement {

  /**
   * Whether it answers a message of the extended protocol: if that fails, the server skips all up
   * to the next Sync.
   */
  default boolean isOfBatch() {
    return true;
  }

  /** Owed for messages that need no more than to be told apart. */
  enum Plain implements Reply {
    /** The ReadyForQuery of a Query or a FunctionCall. */
    QUERY_READY,
    /** All that answers a Query whose answer the client has had before the server had it. */
    ANSWERED_READY,
    /** The ReadyForQuery of a Sync. */
    SYNC_READY,
    /** The same of a Sync behind the end of copied data that was sent ahead of all answers. */
    SYNC_BEHIND_COPY,
    /** The ParseComplete of a text that nobody has to be told of. */
    PARSE,
    /** The BindComplete of a statement that isn't the gateway's. */
    BIND,
    /** The CloseComplete of a client's own Close. */
    CLOSE,
    /** The description of a portal. */
    DESCRIBE_PORTAL,
    /** A CommandComplete, an EmptyQueryResponse or a PortalSuspended. */
    EXECUTE,
    /** The ParseComplete of an unnamed statement that the client has sent to another backend. */
    PARSE_AGAIN,
    /** All that answers the messages that set a parameter again behind a RESET. */
    RESTORED;

    @Override
    public boolean isOfBatch() {
      return switch (this) {
        case QUERY_READY, ANSWERED_READY, SYNC_READY, SYNC_BEHIND_COPY -> false;
        case PARSE, BIND, CLOSE, DESCRIBE_PORTAL, EXECUTE, PARSE_AGAIN, RESTORED -> true;
      };
    }
  }

  /**
   * The ParseComplete or the CloseComplete of a named statement on a client's own backend.
   *
   * @param done runs when the server has said so
   */
  record Verbatim(Runnable done) implements Reply {}

  /** The ParseComplete of a statement that the client has prepared elsewhere. */
  record Prepared(BackendStatement statement) implements Reply {}

  /** The CloseComplete of a statement that made way for another. */
  record Evicted(BackendStatement statement) implements Reply {}

  /**
   * The ParseComplete of a client's named statement.
   *
   * @param statement as the client has it; it has none of that name if the server says no
   * @param all the client's statements
   * @param prepared as the backend has it from then on
   */
  record Defined(ClientStatement statement, ClientStatements all, BackendStatement prepared)
      implements Reply {}

  /**
   * The ParameterDescription of a statement and what follows it.
   *
   * @param hidden whether no client has asked for it
   * @param statement as the backend has it; null for the unnamed one, and for one that isn't the
   *     gateway's
   * @param taken told what the server says
   */
  record Described(
      boolean hidden, @Nullable BackendStatement statement, Consumer<Description> taken)
      implements Reply {}

  /**
   * The CloseComplete of a client's own statement; it has it still if the server skips the Close.
   *
   * @param prepared what is closed at the backend; null if it has none of the client's own
   */
  record Closed(
      ClientStatement statement, ClientStatements all, @Nullable BackendStatement prepared)
      implements Reply {}

  /**
   * The CommandComplete of a statement by which prepared ones are gone. The client's next messages
   * count on that, so they are taken out when it goes by; should it fail or be skipped, they are
   * put back.
   *
   * @param by what they are gone by
   * @param outcome what is to be done once the server has told
   */
  record Forgetting(Forgetting.By by, Outcome outcome) implements Reply {

    @Override
    public boolean isOfBatch() {
      return false;
    }

    /** The way of the statements that were taken out. */
    public interface Outcome {

      /** The server has lost them. */
      default void done() {}

      /** It failed, or was skipped: they are put back. */
      void undone();
    }

    /** A command, told by its tag in the CommandComplete. */
    public enum By {
      DEALLOCATE("DEALLOCATE"),
      DEALLOCATE_ALL("DEALLOCATE ALL"),
      DISCARD_ALL("DISCARD ALL");

      /** The longest of the tags, with its NUL. */
      static final int MOST_BYTES = "DEALLOCATE ALL".length() + 1;

      private final String tag;

      By(String tag) {
        this.tag = tag;
      }

      /** Whether the body of a CommandComplete is this command's. */
      boolean isToldBy(ByteBuf in, int at, int bytes) {
        if (bytes != tag.length() + 1) {
          return false;
        }
        for (int i = 0; i < tag.length(); i++) {
          if (in.getByte(at + i) != tag.charAt(i)) {
            return false;
          }
        }
        return true;
      }
    }
  }

  /**
   * The CommandCompletes of statements that were put in among those of a client's Query; the client
   * isn't told of them.
   *
   * @param behind how many were put in behind the n-th of the client's statements
   */
  record Inserted(List<Integer> behind) implements Reply {

    public Inserted {
      behind = List.copyOf(behind);
    }

    @Override
    public boolean isOfBatch() {
      return false;
    }
  }

  /**
   * An error that the server was made to raise, so that both sides agree on where the transaction
   * stands; the client is told another.
   *
   * @param query whether it is a Query's, not that of a message of the extended protocol
   */
  record Refusal(Report report, boolean query) implements Reply {
    @Override
    public boolean isOfBatch() {
      return !query;
    }
  }

  /**
   * The answer to a message by which a client's unnamed statement is another, or none. A Parse that
   * fails drops the one before; one that is skipped leaves it.
   */
  abstract non-sealed class Unnamed implements Reply {

    /** The kind of message that does it. */
    public enum By {
      PARSE,
      CLOSE,
      /** A Query, whose other answers tell that it was done. */
      QUERY
    }

    /** The kind of message that was sent. */
    protected abstract Unnamed.By by();

    /** The server has done it. */
    protected abstract void done();

    /** The server has refused it. */
    protected abstract void failed();

    /** The server has skipped it. */
    protected abstract void skipped();

    @Override
    public boolean isOfBatch() {
      return by() != By.QUERY;
    }
  }

  /** A round trip of the gateway's own, to its last ReadyForQuery; the client isn't told of it. */
  abstract non-sealed class Exchange implements Reply {

    private int readies;

    protected Exchange(int readies) {
      this.readies = readies;
    }

    @Override
    public boolean isOfBatch() {
      return false;
    }

    /** A ReadyForQuery has come; whether it was the last. */
    final boolean ready() {
      return --readies == 0;
    }

    /** Whether it went out with the end of the transaction that it asks about. */
    protected boolean isEarly() {
      return false;
    }

    /** A DataRow has come; its body begins at that index. */
    protected void row(ByteBuf in, int bodyAt) {}

    /** A DataRow has come of which no more is there than its first 1 MiB. */
    protected void longRow(ByteBuf in, int bodyAt) {
      error(Report.error(SqlState.PROGRAM_LIMIT_EXCEEDED, "a value is longer than 1 MiB"));
    }

    /** A ParameterStatus has come. */
    protected void parameter(String name, String value) {}

    /** The server raised an error. */
    protected void error(Report report) {}

    /** It is over. */
    protected abstract void done();
  }
}
