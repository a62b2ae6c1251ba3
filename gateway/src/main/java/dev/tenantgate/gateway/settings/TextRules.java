package dev.tenantgate.gateway.settings;

import dev.tenantgate.gateway.scan.ClientEncoding;
import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.SessionEffect;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules by which the server reads the client's texts, as {@code client_encoding} and {@code
 * standard_conforming_strings} have them. Event-loop confined.
 */
public final class TextRules {

  private static final String ENCODING = "client_encoding";
  private static final String CONFORMING = "standard_conforming_strings";

  private LexicalRules rules = LexicalRules.DEFAULT;
  private boolean inDoubt;

  /** The rules by which the next text is to be read. */
  public LexicalRules rules() {
    return rules;
  }

  /**
   * Whether they may be others by the time that the server reads the next text: a message that
   * changes them is on its way.
   */
  public boolean areInDoubt() {
    return inDoubt;
  }

  /** The server has answered all: its reports are in force. */
  public void areKnown() {
    inDoubt = false;
  }

  /**
   * Takes them from settings that are in force.
   *
   * @param defaults of a fresh connection, which a role or a database may have of its own
   */
  public void take(SessionSettings settings, Map<String, String> defaults) {
    inDoubt = false;
    String encoding = inForce(ENCODING, settings, defaults);
    set(encoding, !"off".equals(inForce(CONFORMING, settings, defaults)));
  }

  private static @Nullable String inForce(
      String name, SessionSettings settings, Map<String, String> defaults) {
    String own = settings.get(name);
    return own == null ? defaults.get(name) : own;
  }

  private void set(@Nullable String encoding, boolean standard) {
    rules =
        encoding == null && standard
            ? LexicalRules.DEFAULT
            : new LexicalRules(
                encoding == null ? ClientEncoding.UTF_8 : ClientEncoding.of(encoding), standard);
  }

  /** The server itself said that a parameter has another value. */
  public void reported(String name, String value) {
    if (name.equals(ENCODING)) {
      set(value, rules.standardConformingStrings());
    } else if (name.equals(CONFORMING)) {
      rules = new LexicalRules(rules.encoding(), !value.equals("off"));
    }
  }

  /** Notes whether an effect may change how the client's next texts are to be read. */
  public void note(SessionEffect effect) {
    inDoubt |=
        switch (effect.kind().parameters()) {
          case SETS, RESETS -> {
            String name = ((SessionEffect.Named) effect).name();
            yield name.equals(CONFORMING) || name.equals(ENCODING);
          }
          case COMPUTED -> {
            SessionEffect.SetConfig call = (SessionEffect.SetConfig) effect;
            yield call.maySet(CONFORMING) || call.maySet(ENCODING);
          }
          case ALL_BUT_USER, ALL, PUT_BACK, ANY -> true;
          case NONE, LATER -> false;
        };
  }
}
