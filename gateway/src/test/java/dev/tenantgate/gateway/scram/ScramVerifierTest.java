package dev.tenantgate.gateway.scram;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PostgreSQL's text form of a verifier, and how passwords become keys. */
class ScramVerifierTest {

  private static final byte[] SALT = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
  private static final String PENCIL =
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

  @Test
  void theTextFormIsPostgresqls() {
    assertThat(ScramKeys.derive("pencil", SALT, 4096).verifier().text()).isEqualTo(PENCIL);
    assertThat(requireNonNull(ScramVerifier.parse(PENCIL)).text()).isEqualTo(PENCIL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "pencil",
        "SCRAM-SHA-256$",
        "SCRAM-SHA-256$0:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
        "SCRAM-SHA-256$9999999999:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=",
        "scram-sha-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
      })
  void whatIsNoVerifierIsNone(String text) {
    assertThat(ScramVerifier.parse(text)).isNull();
  }

  @Test
  void nothingSecretIsPrinted() {
    ScramKeys keys = ScramKeys.derive("pencil", SALT, 4096);

    assertThat(keys + " " + keys.verifier()).doesNotContain("WG5d", "wfPL", "pencil");
  }

  /**
   * The examples of RFC 4013, section 3, and what PostgreSQL does with passwords SASLprep forbids.
   */
  @ParameterizedTest
  @CsvSource({
    "I\u00adX, IX",
    "user, user",
    "USER, USER",
    "\u00aa, a",
    "\u2168, IX",
    "a\u00a0b, a b",
    "'\u0007', '\u0007'",
    "\u06271, \u06271",
    "p\u00e9\u0001, p\u00e9\u0001",
  })
  void passwordsAreNormalizedAsPostgresqlDoes(String password, String same) {
    assertThat(ScramKeys.derive(password, SALT, 1)).isEqualTo(ScramKeys.derive(same, SALT, 1));
    assertThat(Saslprep.prepare(password)).asString().isEqualTo(same);
  }

  @Test
  void channelBindingTakesTheHashOfTheSignature() {
    assertThat(ChannelBinding.hashOf("SHA1withRSA")).isEqualTo("SHA-256");
    assertThat(ChannelBinding.hashOf("MD5withRSA")).isEqualTo("SHA-256");
    assertThat(ChannelBinding.hashOf("SHA384withECDSA")).isEqualTo("SHA-384");
    assertThat(ChannelBinding.hashOf("SHA512withRSA")).isEqualTo("SHA-512");
    assertThat(ChannelBinding.hashOf("Ed25519")).isNull();
    assertThat(ChannelBinding.hashOf("RSASSA-PSS")).isNull();
  }
}
