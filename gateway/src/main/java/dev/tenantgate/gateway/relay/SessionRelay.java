package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.memory.ClientMemory;
import dev.tenantgate.gateway.memory.ClientMemoryExhausted;
import dev.tenantgate.gateway.memory.OutboundMemory;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.scan.LongScan;
import dev.tenantgate.gateway.scan.LongScans;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.tenant.Refusal;
import dev.tenantgate.migrator.SchemaRef;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The relay of one session: a frontend and its backend, on one event loop, until either ends. What
 * leads the session to another tenant passes a {@link SwitchGate} first. Event-loop confined.
 *
 * <p>Install {@link #frontendHandler()} in the frontend's pipeline and {@link #backendHandler()} in
 * the backend's, each as the last handler.
 */
public final class SessionRelay {

  /** What a client may send ahead of a message that waits; it isn't read from beyond. */
  private static final int MAX_WAITING_BYTES = 64 * 1024;

  private final SessionMemory kept;
  private final StatementLedger ledger;
  private final Channel frontend;
  private final ClientMemory memory;
  private final OutboundMemory toFrontend;
  private final OutboundMemory toBackend;
  private final IdleWatch idleWatch;
  private final Channel backend;
  private final RelayMeter meter;
  private final Listener listener;
  private final FrontendStream fromFrontend;
  private final BackendStream fromBackend;
  private final SwitchGate switches;
  private final WithheldAnswer withheld;

  /** The backend's connection has ended before its last answer was let out. */
  private @Nullable Runnable whenOut;

  private boolean idleWanted;
  private boolean closed;

  /** Who owns the relay. */
  public interface Listener {

    /**
     * The frontend's connection ended; what it sent has been written to the backend, not yet
     * flushed.
     */
    void frontendClosed();

    /**
     * The backend's connection ended.
     *
     * @param reportPossible whether a message of our own may stand behind what the frontend was
     *     sent
     * @param explained whether the backend's last message was an error, or the frontend had asked
     *     for the end
     */
    void backendClosed(boolean reportPossible, boolean explained);

    /** The frontend sent what can't be a frame. */
    void frontendViolation(ProtocolViolation violation, boolean reportPossible);

    /** The backend sent what can't be a frame. */
    void backendViolation(ProtocolViolation violation);

    /**
     * The session has come where it may not be; nothing of what it did there was forwarded.
     *
     * @param reportPossible whether a message of our own may stand behind what the frontend was
     *     sent
     */
    void unforeseenSwitch(Refusal refusal, boolean reportPossible);

    /** There is no memory for what the frontend sends. */
    void outOfMemory(Throwable cause, boolean reportPossible);

    /**
     * The client has left its backend idle for too long.
     *
     * @param reportPossible whether a message of our own may stand behind what the frontend was
     *     sent
     */
    void leftIdle(Report report, boolean reportPossible);

    /** The session is idle, as {@link #awaitIdle} asked for. */
    void becameIdle();

    /** A transaction has ended and none is under way; told once for what was read together. */
    void betweenTransactions();
  }

  /**
   * Makes a relay.
   *
   * @param reports what the backend has reported so far
   * @param route where the session's statements may lead; null if nothing of it is gated
   * @param answers where answers are kept that are too long for memory
   * @param longScans where long texts are looked at
   * @param idleTimeout how long the client may leave the backend idle within a transaction, a batch
   *     or a message; zero is without limit
   */
  public SessionRelay(
      Channel frontend,
      Channel backend,
      ServerReports reports,
      @Nullable Route route,
      AnswerFiles answers,
      LongScans longScans,
      Duration idleTimeout,
      RelayMeter meter,
      Listener listener) {
    this.frontend = frontend;
    this.memory = ClientMemory.of(frontend);
    this.toFrontend = OutboundMemory.of(frontend);
    this.toBackend = OutboundMemory.of(backend);
    this.kept = SessionMemory.of(frontend);
    this.ledger = new StatementLedger(kept);
    this.backend = backend;
    this.meter = meter;
    this.listener = listener;
    this.idleWatch = new IdleWatch(frontend, new KeptBackend(idleTimeout));
    this.fromFrontend =
        new Frontend(
            reports,
            new LongScan<>(longScans, frontend.eventLoop(), this::goOn, this::brokenBeside));
    this.fromBackend = new Backend(reports);
    this.withheld = new WithheldAnswer(answers, frontend.eventLoop(), new WithheldFromClient());
    this.switches = new SwitchGate(route, ledger, reports, new Sides());
  }

  /** Whether the session is between transactions and waits for nothing. */
  public boolean isIdle() {
    return ledger.isIdle() && !fromBackend.isAnswering();
  }

  /** Whether a transaction is under way, or what the client sends may be one. */
  public boolean isUnderWay() {
    return !ledger.isIdle();
  }

  /** Whether a transaction is under way in which nothing is done at the moment. */
  public boolean isIdleInTransaction() {
    return ledger.isQuiet() && !ledger.isIdle() && fromBackend.atBoundary();
  }

  /** Whether what is under way is a stream of replication. */
  public boolean isStreaming() {
    return ledger.isStreaming();
  }

  /** Whether the transaction under way began in that schema, or has come there since. */
  public boolean touches(SchemaRef schema) {
    return switches.touches(schema);
  }

  /** When the transaction under way began, by {@link System#nanoTime}. */
  public long beganNanos() {
    return switches.trace().beganNanos();
  }

  /**
   * Calls {@link Listener#becameIdle} once the session is idle, at once if it is. A stream of
   * replication counts as idle: it has no end to wait for, and its client goes on elsewhere from
   * where it was.
   */
  public void awaitIdle() {
    idleWanted = true;
    tellIfIdle();
  }

  /**
   * Cancels what the gateway holds.
   *
   * @return whether there was something; if not, the backend is to be asked
   */
  public boolean cancelHeld() {
    return switches.cancel();
  }

  /** Ends all waiting; to be called when the session ends. */
  public void close() {
    closed = true;
    idleWatch.end();
    switches.close();
    fromFrontend.end();
    fromBackend.release();
    withheld.release();
  }

  private void tellIfIdle() {
    if (idleWanted
        && (isIdle() || isStreaming())
        && fromBackend.atBoundary()
        && !withheld.isActive()) {
      idleWanted = false;
      listener.becameIdle();
    }
  }

  private void brokenBeside(Throwable cause) {
    if (!closed) {
      frontend.pipeline().fireExceptionCaught(cause);
    }
  }

  /** What waited may go on. */
  private void goOn() {
    if (closed) {
      return;
    }
    try {
      fromFrontend.resume();
    } catch (ProtocolViolation e) {
      listener.frontendViolation(e, fromBackend.atBoundary());
      return;
    } catch (OutOfMemoryError e) {
      listener.outOfMemory(e, fromBackend.atBoundary());
      return;
    }
    toBackend.flush();
    readinessChanged();
  }

  private void readinessChanged() {
    if (closed) {
      return;
    }
    boolean full = fromFrontend.isStopped() && fromFrontend.waitingBytes() > MAX_WAITING_BYTES;
    memory.holds(fromFrontend.waitingBytes());
    boolean room = memory.mayRead(this::readinessChanged);
    setAutoRead(frontend, room && backend.isWritable() && !full && !ledger.isFarBehind());
    setAutoRead(backend, frontend.isWritable() && !withheld.isFull());
  }

  /** The same, and what is withheld goes on if it is on its way. */
  private void writabilityChanged() {
    withheld.goOn();
    readinessChanged();
  }

  private static void setAutoRead(Channel channel, boolean wanted) {
    if (channel.config().isAutoRead() != wanted) {
      channel.config().setAutoRead(wanted);
    }
  }

  public ChannelHandler frontendHandler() {
    return new StreamHandler(fromFrontend, backend) {
      @Override
      void batchEnds(long bytes) {
        meter.toBackend(bytes);
        idleWatch.active();
      }

      @Override
      void violated(ProtocolViolation violation) {
        listener.frontendViolation(violation, fromBackend.atBoundary());
      }

      @Override
      void readinessChanged() {
        SessionRelay.this.writabilityChanged();
      }

      @Override
      void broken(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof ClientMemoryExhausted || cause instanceof OutOfMemoryError) {
          listener.outOfMemory(cause, fromBackend.atBoundary());
        } else {
          super.broken(ctx, cause);
        }
      }

      @Override
      public void channelInactive(ChannelHandlerContext ctx) {
        listener.frontendClosed();
      }
    };
  }

  public ChannelHandler backendHandler() {
    return new StreamHandler(fromBackend, frontend) {
      @Override
      void batchEnds(long bytes) {
        long transactions = ledger.takeTransactions();
        meter.toFrontend(bytes, transactions);
        idleWatch.active();
        tellIfIdle();
        if (fromFrontend.isStopped() && switches.mayBeFollowed()) {
          goOn();
        }
        if (transactions > 0 && ledger.isIdle()) {
          listener.betweenTransactions();
        }
      }

      @Override
      void violated(ProtocolViolation violation) {
        listener.backendViolation(violation);
      }

      @Override
      void readinessChanged() {
        SessionRelay.this.readinessChanged();
      }

      @Override
      public void channelInactive(ChannelHandlerContext ctx) {
        if (withheld.isLettingOut()) {
          whenOut = () -> listener.backendClosed(true, ledger.endIsExplained());
        } else {
          listener.backendClosed(fromBackend.atBoundary(), ledger.endIsExplained());
        }
      }
    };
  }

  /** What the frontend sends, on its way to the backend. */
  private final class Frontend extends FrontendStream {

    Frontend(ServerReports reports, LongScan<FrontendStream.Found> longScan) {
      super(frontend.alloc(), ledger, reports, longScan);
    }

    @Override
    boolean mayGoOn(byte type) {
      return switches.mayGoOn(type);
    }

    @Override
    boolean mayEnd(SessionEffect.NamesSchemas named) {
      return switches.mayEnd(named);
    }

    @Override
    QualifiedNames qualified() {
      return switches.qualified();
    }

    @Override
    boolean mayBegin() {
      return switches.mayBegin();
    }

    @Override
    Fate enter(List<SessionEffect> effects) {
      return switches.enter(effects);
    }

    @Override
    Fate judge(List<SessionEffect> effects) {
      return switches.judge(effects);
    }

    @Override
    Fate outOfMemory(String what) {
      return switches.refuse(kept.refusal(what));
    }

    @Override
    void passedUnseen() {
      switches.passedUnseen();
    }

    @Override
    boolean mayHide(ByteBuf text, int from, int bytes) {
      return switches.mayHide(text, from, bytes);
    }

    @Override
    boolean mayLead(int function) {
      return switches.mayLead(function);
    }

    @Override
    void awaitsAnswer() {
      letOut();
    }

    @Override
    void dropped(byte type) {
      RefusedMessage standIn = switches.standIn();
      fromBackend.expect(standIn);
      pass(standIn.encode(type, backend.alloc()));
    }

    @Override
    void pass(ByteBuf bytes) {
      backend.write(bytes, backend.voidPromise());
    }
  }

  /** What the backend sends, on its way to the frontend. */
  private final class Backend extends BackendStream {

    Backend(ServerReports reports) {
      super(backend.alloc(), ledger, reports);
    }

    @Override
    Fate ready(boolean reported) {
      return switches.ready(reported);
    }

    @Override
    void answered(@Nullable String value) {
      switches.answered(value);
    }

    @Override
    void copyBegins() {
      letOut(); // the client has to send what is copied
    }

    @Override
    void row() {
      if (withheld.isActive()) {
        withheld.row(ledger.answering());
      }
    }

    @Override
    void pass(ByteBuf bytes) {
      if (!withheld.isActive()) {
        frontend.write(bytes, frontend.voidPromise());
        return;
      }
      withheld.keep(bytes);
      if (withheld.isBefore(ledger.answering())) {
        withheld.letOutSoFar(atBoundary());
      }
    }
  }

  private void letOut() {
    if (withheld.isActive() && !withheld.isLettingOut()) {
      withheld.letOut(this::isOut);
    }
  }

  /** The client has all that was withheld. */
  private void isOut() {
    frontend.eventLoop().execute(this::goOnBehindWithheld);
  }

  private void goOnBehindWithheld() {
    Runnable then = whenOut;
    if (then != null) {
      whenOut = null;
      then.run();
    } else if (!closed) {
      goOn();
      tellIfIdle();
    }
  }

  /** The client as one that may leave its backend idle. */
  private final class KeptBackend implements IdleWatch.Watched {

    private final Duration timeout;

    KeptBackend(Duration timeout) {
      this.timeout = timeout;
    }

    @Override
    public Duration idleTimeout() {
      return timeout;
    }

    @Override
    public boolean keepsBackend() {
      return !closed && (isUnderWay() || lacksEnd());
    }

    @Override
    public boolean waitsForClient() {
      return !fromFrontend.isStopped()
          && !fromBackend.isAnswering()
          && (ledger.waitsForClient() || lacksEnd());
    }

    /** Whether a message hasn't been sent to its end, and nothing else is under way. */
    private boolean lacksEnd() {
      return ledger.owesNothing()
          && (!fromFrontend.atBoundary() || fromFrontend.waitingBytes() > 0);
    }

    @Override
    public void leftIdle(Report report) {
      listener.leftIdle(report, fromBackend.atBoundary() && !withheld.isActive());
    }
  }

  /** What the gate does to the two sides. */
  private final class Sides implements SwitchGate.Sides {

    @Override
    public void goOn() {
      SessionRelay.this.goOn();
    }

    @Override
    public void goOnLater() {
      frontend.eventLoop().execute(SessionRelay.this::goOn);
    }

    @Override
    public void tell(Report report) {
      if (!closed && fromBackend.atBoundary() && !withheld.isActive()) {
        frontend.writeAndFlush(report.encode(frontend.alloc()), frontend.voidPromise());
      }
    }

    @Override
    public void ask(ByteBuf query) {
      fromBackend.expectAnswer();
      backend.writeAndFlush(query, backend.voidPromise());
    }

    @Override
    public void unforeseenSwitch(Refusal refusal) {
      fromFrontend.stop();
      fromBackend.stop();
      frontend
          .eventLoop()
          .execute(() -> listener.unforeseenSwitch(refusal, !closed && withheld.isAtBoundary()));
    }

    @Override
    public void withhold() {
      withheld.begin(ledger.exchange(), fromBackend.atBoundary());
    }

    @Override
    public boolean withholdsRows() {
      return withheld.isActive() && withheld.hasRows();
    }

    @Override
    public void letOut() {
      SessionRelay.this.letOut();
      toFrontend.flush();
    }

    @Override
    public boolean isLettingOut() {
      return withheld.isLettingOut();
    }

    @Override
    public Channel frontend() {
      return frontend;
    }
  }

  /** The client's side of what is withheld. */
  private final class WithheldFromClient implements WithheldAnswer.Owner {

    @Override
    public void write(ByteBuf part) {
      frontend.write(part, frontend.voidPromise());
    }

    @Override
    public void flush() {
      toFrontend.flush();
    }

    @Override
    public boolean isWritable() {
      return frontend.isWritable();
    }

    @Override
    public void roomChanged() {
      readinessChanged();
    }

    @Override
    public void failed(Refusal refusal) {
      switches.failed(refusal);
    }
  }
}
