package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.LongScan;
import dev.tenantgate.gateway.scan.LongScans;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.scan.SqlScan;
import dev.tenantgate.gateway.scan.TextDigest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a frontend sends: looks at the text of each Query and Parse for what it does to the session,
 * and at Bind, Execute and Close only while a prepared statement has an effect. All else goes by
 * unseen, values and COPY data of any size among it.
 *
 * <p>Event-loop confined.
 */
abstract class FrontendStream extends FrameStream {

  /** Longer texts aren't kept for a look; they are scanned as they go on. */
  static final int MAX_TEXT_BYTES = 1 << 20;

  private static final List<SessionEffect> NONE = List.of();

  private final StatementLedger ledger;
  private final ServerReports reports;
  private final LongScan<Found> longScan;

  /** Of the text of the message at hand, if that is long. */
  private @Nullable Found found;

  /** Of the text that goes by; null if none does. */
  private @Nullable TextDigest digest;

  /** The tenants' schemas that it names. */
  private final Set<String> digestedSchemas = new LinkedHashSet<>(0);

  private byte digested;
  private int headerToCome;

  /**
   * What was found in a long text, beside the event loop.
   *
   * @param rules by which it was read
   * @param query what it does
   */
  record Found(LexicalRules rules, ScannedQuery query) {

    static Found in(ByteBuf text, int at, int bytes, LexicalRules rules, QualifiedNames names) {
      ScannedQuery query = SqlScan.scan(text, at, bytes, rules);
      return new Found(rules, names.addTo(query, text, at, bytes, rules));
    }
  }

  FrontendStream(
      ByteBufAllocator allocator,
      StatementLedger ledger,
      ServerReports reports,
      LongScan<Found> longScan) {
    super(allocator);
    this.longScan = longScan;
    this.ledger = ledger;
    this.reports = reports;
  }

  /** Whether a frame that begins here may go on at all, whatever it is. */
  abstract boolean mayGoOn(byte type);

  /** Whether a transaction may begin where the session is. */
  abstract boolean mayBegin();

  /**
   * What becomes of a message that would begin a transaction which may not begin.
   *
   * @param effects those of its first statement, which may lead away
   */
  abstract Fate enter(List<SessionEffect> effects);

  /** Whether statements with these effects may go on. */
  abstract Fate judge(List<SessionEffect> effects);

  /** There is no memory for what the message at hand would have the session keep. */
  abstract Fate outOfMemory(String what);

  /** A message may change what nobody can tell beforehand; it ends its exchange. */
  abstract void passedUnseen();

  /** Whether a long text that names schemas may end, of which the beginning is sent. */
  abstract boolean mayEnd(SessionEffect.NamesSchemas named);

  /** What texts are looked at for. */
  abstract QualifiedNames qualified();

  /** Whether a text calls what may lead elsewhere without showing it. */
  abstract boolean mayHide(ByteBuf text, int from, int bytes);

  /** Whether a FunctionCall of this function may lead elsewhere. */
  abstract boolean mayLead(int function);

  /** The client waits for what answers its messages so far, before it ends the exchange. */
  abstract void awaitsAnswer();

  @Override
  final int wanted(byte type, int bodyBytes) {
    FrontendMessage.requireLength(type, bodyBytes);
    if (!mayGoOn(type)) {
      return -1;
    }
    PreparedEffects prepared = ledger.prepared();
    switch (type) {
      case FrontendMessage.QUERY, FrontendMessage.PARSE -> {
        return bodyBytes <= MAX_TEXT_BYTES ? Math.max(bodyBytes, 1) : -1;
      }
      case FrontendMessage.BIND -> {
        if (prepared.hasStatements() || prepared.hasPortals() || isTurnedAway()) {
          return Math.max(1, Math.min(bodyBytes, MAX_TEXT_BYTES));
        }
        ledger.extended();
      }
      case FrontendMessage.EXECUTE -> {
        if (prepared.hasPortals() || isTurnedAway()) {
          return Math.max(1, Math.min(bodyBytes, MAX_TEXT_BYTES));
        }
        ledger.execute(NONE);
      }
      case FrontendMessage.CLOSE -> {
        // Begins no transaction; what comes behind it may.
        if (prepared.hasStatements()) {
          return Math.max(1, bodyBytes);
        }
        ledger.close();
      }
      case FrontendMessage.DESCRIBE -> {
        if (isTurnedAway()) {
          return 1;
        }
        ledger.extended();
      }
      case FrontendMessage.SYNC -> ledger.sync();
      case FrontendMessage.FLUSH -> {
        ledger.flush();
        awaitsAnswer();
      }
      case FrontendMessage.COPY_DONE, FrontendMessage.COPY_FAIL -> ledger.copyEnds();
      case FrontendMessage.FUNCTION_CALL -> {
        return 4;
      }
      case FrontendMessage.TERMINATE -> ledger.terminate();
      default -> {}
    }
    return 0;
  }

  /** Whether a transaction would begin here that may not. */
  private boolean isTurnedAway() {
    return ledger.isIdle() && !mayBegin();
  }

  @Override
  final Fate look(byte type, ByteBuf buffer, int body, int bodyBytes) {
    if (!mayGoOn(type)) {
      return Fate.STOP;
    }
    return switch (type) {
      case FrontendMessage.QUERY, FrontendMessage.PARSE -> text(type, buffer, body, bodyBytes);
      case FrontendMessage.BIND -> bind(buffer, body, bodyBytes);
      case FrontendMessage.EXECUTE -> execute(buffer, body, bodyBytes);
      case FrontendMessage.CLOSE -> close(buffer, body, bodyBytes);
      case FrontendMessage.DESCRIBE -> describe();
      case FrontendMessage.FUNCTION_CALL -> functionCall(buffer, body, bodyBytes);
      default -> Fate.PASS;
    };
  }

  private Fate text(byte type, ByteBuf buffer, int body, int bodyBytes) {
    if (bodyBytes >= LongScans.LEAST_BYTES && bodyBytes <= MAX_TEXT_BYTES) {
      int name = type == FrontendMessage.PARSE ? buffer.bytesBefore(body, bodyBytes, (byte) 0) : -1;
      int text = name + 1;
      int bytes = buffer.bytesBefore(body + text, bodyBytes - text, (byte) 0);
      if (bytes >= LongScans.LEAST_BYTES && !isFound(buffer, body + text, bytes)) {
        return Fate.STOP;
      }
    }
    Fate fate =
        type == FrontendMessage.QUERY
            ? query(buffer, body, bodyBytes)
            : parse(buffer, body, bodyBytes);
    if (fate != Fate.STOP && found != null) {
      found = null;
      longScan.used();
    }
    return fate;
  }

  private boolean isFound(ByteBuf buffer, int at, int bytes) {
    LexicalRules rules = reports.rules();
    QualifiedNames names = qualified();
    Found result =
        longScan.find(
            buffer, at, bytes, text -> Found.in(text, 0, text.readableBytes(), rules, names));
    if (result != null && !result.rules().equals(rules)) {
      longScan.used();
      return isFound(buffer, at, bytes);
    }
    found = result;
    return result != null;
  }

  /** The session ends. */
  final void end() {
    longScan.end();
    release();
  }

  private Fate query(ByteBuf buffer, int body, int bodyBytes) {
    if (bodyBytes > MAX_TEXT_BYTES) {
      return unread();
    }
    ScannedQuery query = scan(buffer, body, bodyBytes);
    List<SessionEffect> effects = query.effects();
    Fate fate = isTurnedAway() ? enter(query.firstEffects()) : Fate.PASS;
    if (fate == Fate.PASS && !effects.isEmpty()) {
      fate = ledger.hasRoom(effects) ? judge(effects) : outOfMemory("parameters and savepoints");
    }
    if (fate == Fate.PASS) {
      ledger.query(query);
    } else if (fate == Fate.DROP) {
      ledger.endQuery();
    }
    return fate;
  }

  /** A text too long to be waited for: it is scanned as it goes on. */
  private Fate unread() {
    Fate fate = isTurnedAway() ? enter(NONE) : Fate.PASS;
    if (fate == Fate.DROP) {
      ledger.endQuery();
    } else if (fate == Fate.PASS) {
      ledger.begins();
      watch(FrontendMessage.QUERY);
    }
    return fate;
  }

  private void watch(byte type) {
    LexicalRules rules = reports.rules();
    TextDigest begun =
        new TextDigest(
            rules,
            text -> {
              int bytes = text.writerIndex();
              digestedSchemas.addAll(qualified().find(text, 0, bytes, rules));
              return mayHide(text, 0, bytes);
            });
    digest = type == FrontendMessage.PARSE ? begun.behindName() : begun;
    digested = type;
    headerToCome = 5;
    watch();
  }

  @Override
  final boolean goesOn(ByteBuf buffer, int at, int bytes, boolean last) {
    TextDigest text = Objects.requireNonNull(digest);
    int header = Math.min(headerToCome, bytes);
    headerToCome -= header;
    text.add(buffer, at + header, bytes - header);
    if (!last) {
      return true;
    }
    digest = null;
    ScannedQuery query = text.end();
    List<String> schemas = List.copyOf(digestedSchemas);
    digestedSchemas.clear();
    if (!schemas.isEmpty() && !mayEnd(new SessionEffect.NamesSchemas(schemas))) {
      return false;
    }
    passed(query);
    return true;
  }

  /** A long text's last part is about to go on; the server has run nothing of it. */
  private void passed(ScannedQuery query) {
    boolean isQuery = digested == FrontendMessage.QUERY;
    boolean plain = query.effects().stream().allMatch(StatementLedger::isTransactionControl);
    if (!plain) {
      passedUnseen();
    }
    if (isQuery && plain) {
      ledger.query(query);
    } else if (isQuery) {
      ledger.endQuery();
    }
  }

  private Fate parse(ByteBuf buffer, int body, int bodyBytes) {
    PreparedEffects prepared = ledger.prepared();
    if (bodyBytes > MAX_TEXT_BYTES) {
      ledger.extended();
      int end =
          buffer.bytesBefore(body, Math.min(bodyBytes, buffer.writerIndex() - body), (byte) 0);
      if (end >= 0) {
        String name = buffer.toString(body, end, StandardCharsets.UTF_8);
        prepared.parsed(name, TextDigest.OPAQUE, ledger.exchange(), ledger.isFirst());
      }
      watch(FrontendMessage.PARSE);
      return Fate.PASS;
    }
    int nameBytes = buffer.bytesBefore(body, bodyBytes, (byte) 0);
    if (nameBytes < 0) {
      ledger.extended();
      return Fate.PASS; // the server says what is wrong
    }
    int text = nameBytes + 1;
    ScannedQuery query = scan(buffer, body + text, bodyBytes - text);
    if (isTurnedAway()) {
      Fate fate = enter(query.firstEffects());
      if (fate != Fate.PASS) {
        return begun(fate);
      }
    }
    Fate named = judgeNames(query.effects()); // the server looks at them now
    if (named != Fate.PASS) {
      return begun(named);
    }
    ledger.extended();
    if (!query.isEmpty() && !prepared.hasRoom(query.effects())) {
      return outOfMemory("prepared statements");
    }
    if (!query.isEmpty() || prepared.hasStatements()) {
      String name = buffer.toString(body, nameBytes, StandardCharsets.UTF_8);
      prepared.parsed(name, query, ledger.exchange(), ledger.isFirst());
    }
    return Fate.PASS;
  }

  /** Whether relations with these schemas may be looked up. */
  private Fate judgeNames(List<SessionEffect> effects) {
    for (SessionEffect effect : effects) {
      if (effect instanceof SessionEffect.NamesSchemas named) {
        return judge(List.of(named));
      }
    }
    return Fate.PASS;
  }

  /** A message that isn't sent leaves the exchange open: a Sync will end it. */
  private Fate begun(Fate fate) {
    if (fate == Fate.DROP) {
      ledger.extended();
    }
    return fate;
  }

  private ScannedQuery scan(ByteBuf buffer, int text, int most) {
    int bytes = buffer.bytesBefore(text, most, (byte) 0);
    if (bytes < 0) {
      return ScannedQuery.NOTHING;
    }
    Found known =
        found == null ? Found.in(buffer, text, bytes, reports.rules(), qualified()) : found;
    ScannedQuery query = known.query();
    return mayHide(buffer, text, bytes) ? query.withHidden() : query;
  }

  private Fate bind(ByteBuf buffer, int body, int bodyBytes) {
    BindReader bind =
        new BindReader(
            buffer, body, Math.min(bodyBytes, MAX_TEXT_BYTES), reports.rules().encoding());
    String portal = bind.takeName();
    String statement = bind.takeName();
    PreparedEffects prepared = ledger.prepared();
    List<SessionEffect> effects =
        statement == null ? NONE : prepared.ofStatement(statement, ledger.exchange());
    if (isTurnedAway()) {
      Fate fate = enter(effects);
      if (fate != Fate.PASS) {
        return begun(fate);
      }
    }
    Fate named = judgeNames(effects); // it is planned now
    if (named != Fate.PASS) {
      return begun(named);
    }
    ledger.extended();
    if (portal != null && statement != null) {
      if (!prepared.hasRoom(effects)) {
        return outOfMemory("portals");
      }
      prepared.bound(
          portal,
          statement,
          effects.isEmpty() ? BindReader.NO_VALUES : bind.values(),
          ledger.exchange());
    }
    return Fate.PASS;
  }

  private Fate execute(ByteBuf buffer, int body, int bodyBytes) {
    String portal = name(buffer, body, bodyBytes);
    long exchange = ledger.exchange();
    List<SessionEffect> effects =
        portal == null ? NONE : ledger.prepared().ofPortal(portal, exchange);
    Fate fate = isTurnedAway() ? enter(effects) : Fate.PASS;
    if (fate == Fate.PASS && !effects.isEmpty()) {
      fate = ledger.hasRoom(effects) ? judge(effects) : outOfMemory("parameters and savepoints");
    }
    if (portal != null && fate == Fate.PASS) {
      ledger.execute(ledger.prepared().resolved(effects, exchange));
      ledger.prepared().executed(portal, exchange);
    } else if (fate != Fate.STOP) {
      ledger.execute(NONE);
    }
    return fate;
  }

  private Fate close(ByteBuf buffer, int body, int bodyBytes) {
    ledger.close();
    if (bodyBytes > 1 && buffer.getByte(body) == 'S') {
      String statement = name(buffer, body + 1, bodyBytes - 1);
      if (statement != null) {
        ledger.prepared().closedStatement(statement, ledger.exchange());
      }
    }
    return Fate.PASS;
  }

  private Fate describe() {
    Fate fate = isTurnedAway() ? enter(NONE) : Fate.PASS;
    if (fate != Fate.STOP) {
      ledger.extended();
    }
    return fate;
  }

  private Fate functionCall(ByteBuf buffer, int body, int bodyBytes) {
    Fate fate = isTurnedAway() ? enter(NONE) : Fate.PASS;
    if (fate == Fate.STOP) {
      return fate;
    }
    if (bodyBytes >= 4 && mayLead(buffer.getInt(body))) {
      passedUnseen();
    }
    ledger.endQuery();
    return fate;
  }

  private static @Nullable String name(ByteBuf buffer, int at, int most) {
    int bytes = buffer.bytesBefore(at, most, (byte) 0);
    return bytes < 0 ? null : buffer.toString(at, bytes, StandardCharsets.UTF_8);
  }
}
