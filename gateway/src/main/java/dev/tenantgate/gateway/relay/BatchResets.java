package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.statements.GatewayNames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A RESET in the extended protocol. As in a {@link RestoringQuery}, what the client began with is
 * set behind it: by messages of our own behind its Execute, which the server skips or rolls back
 * with it, and before it looks at the client's next. Event-loop confined.
 */
final class BatchResets {

  private static final byte[] NAME =
      (GatewayNames.prefix() + "reset").getBytes(StandardCharsets.US_ASCII);

  private final Supplier<SessionSettings> startup;
  private final Listening listening;

  /** What is to be set behind the Execute of a portal, by its name. */
  private final Map<String, List<String>> portals = new HashMap<>(2);

  private final SessionMemory memory;
  private int bytes;

  /** For a client that began with these, and listens. */
  BatchResets(Supplier<SessionSettings> startup, Listening listening, SessionMemory memory) {
    this.startup = startup;
    this.listening = listening;
    this.memory = memory;
  }

  private static int size(String portal, List<String> statements) {
    int bytes = 96 + portal.length();
    for (String statement : statements) {
      bytes += 64 + statement.length();
    }
    return bytes;
  }

  private void remove(String portal) {
    List<String> statements = portals.remove(portal);
    if (statements != null) {
      int less = size(portal, statements);
      bytes -= less;
      memory.give(less, 0);
    }
  }

  /** There is no portal any more. */
  void clear() {
    if (!portals.isEmpty()) {
      portals.clear();
      memory.give(bytes, 0);
      bytes = 0;
    }
  }

  /** Whether the name in an Execute has to be read. */
  boolean wantsNames() {
    return !portals.isEmpty();
  }

  /**
   * A portal is made.
   *
   * @param effects what its statement does
   * @return whether it has resets, and all of them are taken care of here; a DISCARD ALL isn't, for
   *     it stands although a later error rolls back what is set behind it
   */
  boolean bound(String portal, List<SessionEffect> effects) {
    remove(portal);
    List<String> statements = new ArrayList<>();
    boolean lasts = false;
    for (SessionEffect effect : effects) {
      boolean discards = effect instanceof SessionEffect.DiscardAll; // with a RESET ALL in it
      lasts |= discards;
      RestoringQuery.restore(
          discards ? new SessionEffect.ResetAll() : effect, startup.get(), statements);
    }
    if (!RestoringQuery.canRestore(startup.get())) {
      statements.clear();
    }
    boolean resets = !statements.isEmpty();
    effects.forEach(effect -> listening.follow(effect, statements));
    if (!statements.isEmpty()) {
      portals.put(portal, statements);
      int more = size(portal, statements);
      bytes += more;
      memory.keep(more, 0);
    }
    return resets && !lasts;
  }

  /**
   * What is to be set behind a portal's Execute; null if nothing is. The server may skip that, and
   * run the portal later in the transaction; what it has run once it refuses.
   */
  @Nullable List<String> behind(String portal) {
    return portals.get(portal);
  }

  /** Writes what sets it. */
  static void write(PooledBackend backend, List<String> statements) {
    for (String statement : statements) {
      ByteBuf out = backend.channel().alloc().buffer(128);
      append(out, statement);
      backend.write(out);
      backend.owed().add(Reply.Plain.RESTORED);
    }
  }

  /** Appends the messages that run a statement; {@link Reply.Plain#RESTORED} answers them. */
  static void append(ByteBuf out, String statement) {
    byte[] sql = statement.substring(1).getBytes(StandardCharsets.US_ASCII);
    out.writeByte(FrontendMessage.PARSE).writeInt(4 + NAME.length + 1 + sql.length + 1 + 2);
    name(out).writeBytes(sql).writeByte(0).writeShort(0);
    out.writeByte(FrontendMessage.BIND).writeInt(4 + 2 * (NAME.length + 1) + 6);
    name(name(out)).writeShort(0).writeShort(0).writeShort(0);
    out.writeByte(FrontendMessage.EXECUTE).writeInt(4 + NAME.length + 1 + 4);
    name(out).writeInt(0);
    close(out, 'P');
    close(out, 'S');
  }

  /**
   * Has the server analyse a text, and keep nothing. Its error is the client's, who isn't told
   * otherwise.
   *
   * @param text the text and its types of parameters, as in a Parse behind the name
   */
  static void writeAnalysis(PooledBackend backend, ByteBuf text) {
    writeTrial(backend, Unpooled.wrappedBuffer(NAME), text);
  }

  /** The same under a name that may be taken. */
  static void writeTrial(PooledBackend backend, ByteBuf name, ByteBuf text) {
    int nameBytes = name.readableBytes();
    int textBytes = text.readableBytes();
    ByteBuf out = backend.channel().alloc().buffer(2 * nameBytes + textBytes + 64);
    out.writeByte(FrontendMessage.PARSE).writeInt(4 + nameBytes + 1 + textBytes);
    out.writeBytes(name.duplicate()).writeByte(0).writeBytes(text);
    out.writeByte(FrontendMessage.CLOSE).writeInt(4 + 1 + nameBytes + 1);
    out.writeByte('S').writeBytes(name).writeByte(0);
    close(out, 'P');
    backend.write(out);
    backend.owed().add(Reply.Plain.RESTORED);
  }

  private static void close(ByteBuf out, char kind) {
    out.writeByte(FrontendMessage.CLOSE).writeInt(4 + 1 + NAME.length + 1).writeByte(kind);
    name(out);
  }

  private static ByteBuf name(ByteBuf out) {
    return out.writeBytes(NAME).writeByte(0);
  }
}
