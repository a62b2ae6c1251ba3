package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.scan.ClientEncoding;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.SessionSettings;
import dev.tenantgate.gateway.settings.SettingsReadback;
import dev.tenantgate.gateway.tenant.InvalidSearchPathException;
import dev.tenantgate.gateway.tenant.SearchPath;
import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Query with a RESET in it. On the client's own connection that leads back to what it began with;
 * on a shared one, to what the backend began with. So behind each RESET a statement is put in that
 * sets what the client began with, before the next of its statements runs; the answers to what was
 * put in are left out again. Behind an UNLISTEN stands what {@link Listening} wants there.
 * Immutable.
 *
 * @param text in the bytes of its encoding, one for each character
 * @param behind how many statements were put in behind the n-th of the client's
 */
record RestoringQuery(String text, List<Integer> behind) {

  /** One character for each byte, whatever they mean: what is looked for is ASCII. */
  static final Charset BYTES = StandardCharsets.ISO_8859_1;

  /** Parameters of which a SET takes a list of names, beside the path; hardly ever a client's. */
  private static final Set<String> OTHER_LISTS =
      Set.of("temp_tablespaces", "local_preload_libraries", "session_preload_libraries");

  RestoringQuery {
    behind = List.copyOf(behind);
  }

  /**
   * Makes it of a Query's text.
   *
   * @param known its statements, if they have been looked for already
   * @param startup the settings that the client began with
   * @param current its settings when the transaction began
   * @return null if it has no RESET or UNLISTEN, or none that means anything to this client, or if
   *     its statements can't be told apart for sure
   */
  static @Nullable RestoringQuery of(
      ByteBuf in,
      int at,
      int bytes,
      ScannedQuery query,
      @Nullable SqlScript known,
      LexicalRules rules,
      SessionSettings startup,
      SessionSettings current,
      Listening listening) {
    if (!query.exact() || !needsMore(query, listening) || !isAsciiBased(rules)) {
      return null;
    }
    List<List<String>> restored = new ArrayList<>();
    for (int i = 0; i < query.statements(); i++) {
      restored.add(new ArrayList<>());
    }
    if (!restore(query, startup, current, listening, restored) || !canRestore(startup)) {
      return null;
    }
    String text = in.toString(at, bytes, BYTES);
    SqlScript script = known == null ? SqlScript.scan(text) : known;
    return script.defect() != null || script.statements().size() != restored.size()
        ? null
        : with(text, script.statements(), restored);
  }

  /**
   * Collects what is to be put in behind each statement.
   *
   * @return whether anything means something to this client
   */
  private static boolean restore(
      ScannedQuery query,
      SessionSettings startup,
      SessionSettings current,
      Listening listening,
      List<List<String>> restored) {
    boolean any = false;
    Set<String> defaults = new HashSet<>(0);
    for (ScannedQuery.Step step : query.steps()) {
      if (step.statement() < restored.size()) {
        List<String> behind = restored.get(step.statement());
        any |= restore(step.effect(), startup, behind);
        noteDefault(step.effect(), startup, defaults);
        if (step.effect().kind().parameters() == EffectKind.Parameters.ALL_BUT_USER) {
          defaults.forEach(name -> keep(name, startup, current, behind));
        }
        any |= listening.follow(step.effect(), behind);
      }
    }
    return any;
  }

  /** Notes the parameters that have their default for the transaction alone. */
  private static void noteDefault(
      SessionEffect effect, SessionSettings startup, Set<String> defaults) {
    switch (effect.kind().parameters()) {
      case SETS -> defaults.remove(((SessionEffect.Named) effect).name());
      case RESETS -> {
        SessionEffect.Named reset = (SessionEffect.Named) effect;
        if (reset.local() && startup.get(reset.name()) != null) {
          defaults.add(reset.name());
        } else {
          defaults.remove(reset.name());
        }
      }
      case NONE, ALL_BUT_USER, ALL, PUT_BACK, COMPUTED, LATER, ANY -> {}
    }
  }

  /** RESET ALL passes over such a parameter: the client keeps its value behind the transaction. */
  private static void keep(
      String name, SessionSettings startup, SessionSettings current, List<String> statements) {
    String value = current.get(name);
    if (value != null && isAscii(value)) {
      add(name, value, false, statements);
      add(name, startup.get(name), true, statements);
    }
  }

  /** Whether a text may have to have something put in. */
  static boolean mayNeed(ScannedQuery query) {
    return query.exact()
        && (query.has(EffectKind.RESET_PARAMETER)
            || query.has(EffectKind.RESET_ALL)
            || query.has(EffectKind.UNLISTEN));
  }

  private static boolean needsMore(ScannedQuery query, Listening listening) {
    return query.has(EffectKind.RESET_PARAMETER)
        || query.has(EffectKind.RESET_ALL)
        || (listening.isActive() && query.has(EffectKind.UNLISTEN));
  }

  /** Whether no byte of a character looks like one of ASCII. */
  private static boolean isAsciiBased(LexicalRules rules) {
    return rules.standardConformingStrings()
        && (rules.encoding().equals(ClientEncoding.UTF_8)
            || rules.encoding().charset().equals(StandardCharsets.ISO_8859_1));
  }

  /** Whether statements can be made of what a client began with. */
  static boolean canRestore(SessionSettings startup) {
    return startup.asMap().values().stream().allMatch(RestoringQuery::isAscii)
        && startup.asMap().keySet().stream().noneMatch(OTHER_LISTS::contains);
  }

  /** Adds the statements that undo what a RESET does too much; whether there are any. */
  static boolean restore(SessionEffect effect, SessionSettings startup, List<String> statements) {
    int before = statements.size();
    switch (effect.kind().parameters()) {
      case RESETS -> {
        SessionEffect.Named reset = (SessionEffect.Named) effect;
        add(reset.name(), startup.get(reset.name()), reset.local(), statements);
      }
      case ALL_BUT_USER ->
          startup
              .asMap()
              .forEach(
                  (name, value) -> {
                    if (!SettingsReadback.UNLISTED.contains(name)) {
                      add(name, value, false, statements);
                    }
                  });
      case NONE, SETS, ALL, PUT_BACK, COMPUTED, LATER, ANY -> {} // a DISCARD ALL stands alone
    }
    return statements.size() > before;
  }

  private static void add(
      String name, @Nullable String value, boolean local, List<String> statements) {
    if (value != null) {
      // SET rather than set_config(): it takes no snapshot, which BEGIN might have to come before.
      statements.add(
          ";SET %s %s TO %s"
              .formatted(
                  local ? "LOCAL" : "SESSION",
                  identifier(name),
                  name.equals(SessionEffect.SEARCH_PATH) ? path(value) : quoted(value)));
    }
  }

  private static String identifier(String name) {
    return Stream.of(name.split("\\.", -1))
        .map(part -> '"' + part.replace("\"", "\"\"") + '"')
        .collect(Collectors.joining("."));
  }

  /**
   * A statement that sets a parameter, with a semicolon in front.
   *
   * @param value null for a fresh connection's own
   */
  static String setting(String name, @Nullable String value) {
    return value == null
        ? ";RESET " + identifier(name)
        : ";SET SESSION %s TO %s".formatted(identifier(name), quoted(value));
  }

  /**
   * The same for the rest of the transaction.
   *
   * @param value null for a fresh connection's own
   */
  static String localSetting(String name, @Nullable String value) {
    return ";SET LOCAL %s TO %s"
        .formatted(identifier(name), value == null ? "DEFAULT" : quoted(value));
  }

  /** The names of a path, each as a literal: one of all of them would be a single name. */
  private static String path(String value) {
    try {
      List<String> names = SearchPath.parse(value).names();
      return names.isEmpty()
          ? "''"
          : names.stream().map(RestoringQuery::quoted).collect(Collectors.joining(", "));
    } catch (InvalidSearchPathException e) {
      throw new IllegalStateException("the server took it as a path: " + value, e);
    }
  }

  /** As a literal that is the same whatever the session thinks of backslashes. */
  private static String quoted(String value) {
    return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'";
  }

  static boolean isAscii(String value) {
    return value.chars().allMatch(c -> c < 128);
  }

  private static RestoringQuery with(
      String text, List<SqlStatement> statements, List<List<String>> restored) {
    StringBuilder all = new StringBuilder(text.length() + 128);
    List<Integer> behind = new ArrayList<>(Collections.nCopies(statements.size(), 0));
    int from = 0;
    for (int i = 0; i < statements.size(); i++) {
      int end = statements.get(i).end();
      all.append(text, from, end);
      restored.get(i).forEach(all::append);
      behind.set(i, restored.get(i).size());
      from = end;
    }
    return new RestoringQuery(all.append(text, from, text.length()).toString(), behind);
  }

  /** The message. The caller owns the buffer. */
  ByteBuf encode(ByteBufAllocator allocator) {
    ByteBuf out = allocator.buffer(text.length() + 6);
    out.writeByte(FrontendMessage.QUERY).writeInt(4 + text.length() + 1);
    out.writeCharSequence(text, BYTES);
    return out.writeByte(0);
  }
}
