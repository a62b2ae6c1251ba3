package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.scan.SqlScan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a frontend sends: looks at the text of each Query and Parse for what it does to the session,
 * and at Bind, Execute and Close only while a prepared statement has an effect. All else goes by
 * unseen, values and COPY data of any size among it.
 *
 * <p>Event-loop confined.
 */
abstract class FrontendStream extends FrameStream {

  /** Longer texts aren't kept for a look; the server is asked afterwards what they have done. */
  static final int MAX_TEXT_BYTES = 16 << 20;

  private static final List<SessionEffect> NONE = List.of();

  /** The function behind {@code set_config}, as a FunctionCall names it. */
  private static final int SET_CONFIG_OID = 2078;

  private final StatementLedger ledger;
  private final ServerReports reports;

  FrontendStream(ByteBufAllocator allocator, StatementLedger ledger, ServerReports reports) {
    super(allocator);
    this.ledger = ledger;
    this.reports = reports;
  }

  /** Whether a frame that begins here may go on at all, whatever it is. */
  abstract boolean mayGoOn(byte type);

  /** Whether statements with these effects may go on. */
  abstract Fate judge(List<SessionEffect> effects);

  /** A message may change what nobody can tell beforehand; it ends its exchange. */
  abstract void passedUnseen();

  @Override
  final int wanted(byte type, int bodyBytes) {
    if (!mayGoOn(type)) {
      return -1;
    }
    PreparedEffects prepared = ledger.prepared();
    switch (type) {
      case FrontendMessage.QUERY -> {
        return text(bodyBytes);
      }
      case FrontendMessage.PARSE -> {
        ledger.extended();
        return text(bodyBytes);
      }
      case FrontendMessage.BIND -> {
        ledger.extended();
        return prepared.hasStatements() || prepared.hasPortals()
            ? Math.min(bodyBytes, MAX_TEXT_BYTES)
            : 0;
      }
      case FrontendMessage.EXECUTE -> {
        if (prepared.hasPortals()) {
          return bodyBytes;
        }
        ledger.execute(NONE);
      }
      case FrontendMessage.CLOSE -> {
        ledger.extended();
        return prepared.hasStatements() ? bodyBytes : 0;
      }
      case FrontendMessage.DESCRIBE -> ledger.extended();
      case FrontendMessage.SYNC -> ledger.endExchange();
      case FrontendMessage.FUNCTION_CALL -> {
        return 4;
      }
      case FrontendMessage.TERMINATE -> ledger.terminate();
      default -> {}
    }
    return 0;
  }

  private int text(int bodyBytes) {
    return bodyBytes <= MAX_TEXT_BYTES ? Math.max(bodyBytes, 1) : -1;
  }

  @Override
  final Fate look(byte type, ByteBuf buffer, int body, int bodyBytes) {
    if (!mayGoOn(type)) {
      return Fate.STOP;
    }
    return switch (type) {
      case FrontendMessage.QUERY -> query(buffer, body, bodyBytes);
      case FrontendMessage.PARSE -> parse(buffer, body, bodyBytes);
      case FrontendMessage.BIND -> bind(buffer, body, bodyBytes);
      case FrontendMessage.EXECUTE -> execute(buffer, body, bodyBytes);
      case FrontendMessage.CLOSE -> close(buffer, body, bodyBytes);
      case FrontendMessage.FUNCTION_CALL -> functionCall(buffer, body, bodyBytes);
      default -> Fate.PASS;
    };
  }

  private Fate query(ByteBuf buffer, int body, int bodyBytes) {
    if (bodyBytes > MAX_TEXT_BYTES) {
      passedUnseen();
      ledger.endExchange();
      return Fate.PASS;
    }
    ScannedQuery query = scan(buffer, body, bodyBytes);
    if (query.isEmpty()) {
      ledger.endExchange();
      return Fate.PASS;
    }
    Fate fate = judge(query.steps().stream().map(ScannedQuery.Step::effect).toList());
    if (fate == Fate.PASS) {
      ledger.query(query);
    } else if (fate == Fate.DROP) {
      ledger.endExchange();
    }
    return fate;
  }

  private Fate parse(ByteBuf buffer, int body, int bodyBytes) {
    PreparedEffects prepared = ledger.prepared();
    if (bodyBytes > MAX_TEXT_BYTES) {
      passedUnseen();
      return Fate.PASS;
    }
    int nameBytes = buffer.bytesBefore(body, bodyBytes, (byte) 0);
    if (nameBytes < 0) {
      return Fate.PASS; // the server says what is wrong
    }
    int text = nameBytes + 1;
    ScannedQuery query = scan(buffer, body + text, bodyBytes - text);
    if (!query.isEmpty() || prepared.hasStatements()) {
      prepared.parsed(buffer.toString(body, nameBytes, StandardCharsets.UTF_8), query);
    }
    return Fate.PASS;
  }

  private ScannedQuery scan(ByteBuf buffer, int text, int most) {
    int bytes = buffer.bytesBefore(text, most, (byte) 0);
    return bytes < 0 ? ScannedQuery.NOTHING : SqlScan.scan(buffer, text, bytes, reports.rules());
  }

  private Fate bind(ByteBuf buffer, int body, int bodyBytes) {
    BindReader bind =
        new BindReader(
            buffer, body, Math.min(bodyBytes, MAX_TEXT_BYTES), reports.rules().encoding());
    String portal = bind.takeName();
    String statement = bind.takeName();
    PreparedEffects prepared = ledger.prepared();
    if (portal != null && statement != null) {
      prepared.bound(
          portal, statement, prepared.hasEffects(statement) ? bind.values() : BindReader.NO_VALUES);
    }
    return Fate.PASS;
  }

  private Fate execute(ByteBuf buffer, int body, int bodyBytes) {
    String portal = name(buffer, body, bodyBytes);
    List<SessionEffect> effects = portal == null ? NONE : ledger.prepared().ofPortal(portal);
    Fate fate = effects.isEmpty() ? Fate.PASS : judge(effects);
    if (portal != null && fate == Fate.PASS) {
      ledger.execute(ledger.prepared().resolved(effects));
      ledger.prepared().executed(portal);
    } else if (fate != Fate.STOP) {
      ledger.execute(NONE);
    }
    return fate;
  }

  private Fate close(ByteBuf buffer, int body, int bodyBytes) {
    if (bodyBytes > 1 && buffer.getByte(body) == 'S') {
      String statement = name(buffer, body + 1, bodyBytes - 1);
      if (statement != null) {
        ledger.prepared().closedStatement(statement);
      }
    }
    return Fate.PASS;
  }

  private Fate functionCall(ByteBuf buffer, int body, int bodyBytes) {
    if (bodyBytes >= 4 && buffer.getInt(body) == SET_CONFIG_OID) {
      passedUnseen();
    }
    ledger.endExchange();
    return Fate.PASS;
  }

  private static @Nullable String name(ByteBuf buffer, int at, int most) {
    int bytes = buffer.bytesBefore(at, most, (byte) 0);
    return bytes < 0 ? null : buffer.toString(at, bytes, StandardCharsets.UTF_8);
  }
}
