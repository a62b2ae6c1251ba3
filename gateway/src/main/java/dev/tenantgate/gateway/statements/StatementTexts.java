package dev.tenantgate.gateway.statements;

import dev.tenantgate.gateway.memory.HeapBudget;
import dev.tenantgate.gateway.scan.ScannedQuery;
import io.netty.buffer.ByteBuf;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The texts of all clients' named statements, each kept once for as long as a client has a
 * statement of it, and a few beyond that. Where they take more than a part of the memory for what
 * sessions keep, those unused for longest are deflated. Thread-safe.
 */
public final class StatementTexts {

  /** Texts are kept as they are up to this part of the budget. */
  private static final int FULL_DIVISOR = 8;

  /** Texts that no client has are kept up to this part of the budget. */
  private static final int UNUSED_DIVISOR = 32;

  private static final int MOST_DESCRIBED = 1_000;

  /** Nobody can make many texts of one hash. */
  private static final long SEED = new SecureRandom().nextLong();

  private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

  private final HeapBudget budget;
  private final Map<StatementText, StatementText> all = new HashMap<>();

  /** Texts that have no user, the one unused for longest first; by their identity. */
  private final Map<Object, StatementText> unused = new LinkedHashMap<>();

  private long unusedBytes;

  /** Texts kept as they are, the one unused for longest first; by their identity. */
  private final Map<Object, StatementText> full = new LinkedHashMap<>();

  private long fullBytes;

  /** None yet, of a process with such a budget. */
  public StatementTexts(HeapBudget budget) {
    this.budget = budget;
  }

  /**
   * The text of a Parse, with one more user.
   *
   * @param at index behind the statement's name and its NUL
   * @param bytes from there to the message's end
   * @param scanned what its execution does to the session
   */
  StatementText take(ByteBuf in, int at, int bytes, ScannedQuery scanned) {
    byte[] body = new byte[bytes];
    in.getBytes(at, body);
    return take(new StatementText(body, hash(body), scanned));
  }

  /** Uses a text again that was given back, or another that is the same. */
  synchronized StatementText take(StatementText text) {
    StatementText known = all.get(text);
    if (known == null) {
      known = text;
      known.uses = 0;
      known.countedBytes = 0;
      all.put(known, known);
      recount(known);
      keepFull(known);
    } else if (known.uses == 0 && unused.remove(known.identity()) != null) {
      unusedBytes -= known.countedBytes;
    }
    known.uses++;
    return known;
  }

  /** One that used it doesn't any more. */
  synchronized void give(StatementText text) {
    if (--text.uses == 0) {
      unusedBytes += text.countedBytes;
      unused.put(text.identity(), text);
      while (unusedBytes > budget.limit() / UNUSED_DIVISOR) {
        end(takeFirst(unused));
      }
    }
  }

  private void end(StatementText text) {
    unusedBytes -= text.countedBytes;
    budget.add(-text.countedBytes);
    if (full.remove(text.identity()) != null) {
      fullBytes -= text.countedBytes;
    }
    all.remove(text);
  }

  /** Its bytes are needed, and may be again: they are kept as they are for some time. */
  public synchronized void use(StatementText text) {
    if (text.isDeflated() && text.uses > 0) {
      text.inflate();
      recount(text);
      keepFull(text);
    }
  }

  private void keepFull(StatementText text) {
    full.put(text.identity(), text);
    fullBytes += text.countedBytes;
    while (fullBytes > budget.limit() / FULL_DIVISOR) {
      StatementText eldest = takeFirst(full);
      fullBytes -= eldest.countedBytes;
      int before = eldest.countedBytes;
      eldest.deflate();
      recount(eldest);
      if (eldest.uses == 0 && unused.containsKey(eldest.identity())) {
        unusedBytes += eldest.countedBytes - before;
      }
    }
  }

  private void recount(StatementText text) {
    int now = text.heapBytes();
    budget.add(now - text.countedBytes);
    text.countedBytes = now;
  }

  private static StatementText takeFirst(Map<Object, StatementText> texts) {
    Iterator<StatementText> all = texts.values().iterator();
    StatementText first = all.next();
    all.remove();
    return first;
  }

  private static long hash(byte[] body) {
    long hash = SEED;
    for (byte b : body) {
      hash = (hash ^ b) * MIX;
      hash ^= hash >>> 32;
    }
    return hash;
  }

  /**
   * A text, for people.
   *
   * @param beginning its first characters
   * @param bytes what it takes in memory
   * @param uses by how many statements of clients it is used
   */
  public record Kept(String beginning, long bytes, int uses) {}

  /** Texts that are used, the one that is used most first; at most 1,000. */
  public List<Kept> describe() {
    List<StatementText> most;
    synchronized (this) {
      most =
          all.values().stream()
              .filter(text -> text.uses > 0)
              .sorted(Comparator.comparingInt((StatementText text) -> text.uses).reversed())
              .limit(MOST_DESCRIBED)
              .toList();
    }
    return most.stream().map(StatementText::describe).toList();
  }

  /** How many there are. */
  synchronized int size() {
    return all.size();
  }
}
