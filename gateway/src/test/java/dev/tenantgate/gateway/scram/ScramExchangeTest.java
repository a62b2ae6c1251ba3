package dev.tenantgate.gateway.scram;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both sides of an exchange, by the example of RFC 7677, section 3. */
class ScramExchangeTest {

  private static final String CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO";
  private static final String SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  private static final byte[] SALT = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");

  private static final String CLIENT_FIRST = "n,,n=user,r=" + CLIENT_NONCE;
  private static final String SERVER_FIRST =
      "r=" + CLIENT_NONCE + SERVER_NONCE + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  private static final String CLIENT_FINAL =
      "c=biws,r=" + CLIENT_NONCE + SERVER_NONCE + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
  private static final String SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

  private static final ScramKeys PENCIL = ScramKeys.derive("pencil", SALT, 4096);

  private static final ChannelBinding BINDING =
      ChannelBinding.tlsServerEndPoint(bytes("the hash of a certificate"));

  private static ScramServer server() {
    return new ScramServer(PENCIL.verifier(), false, SERVER_NONCE);
  }

  private static ScramClient client() {
    return new ScramClient(ChannelBinding.NONE, "user", CLIENT_NONCE);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void theServerFollowsTheExampleOfTheRfc() {
    ScramServer server = server();

    assertThat(server.first(bytes(CLIENT_FIRST))).asString().isEqualTo(SERVER_FIRST);
    ScramServer.Proven proven = requireNonNull(server.finish(bytes(CLIENT_FINAL)));

    assertThat(proven.message()).asString().isEqualTo(SERVER_FINAL);
    assertThat(proven.keys()).isEqualTo(PENCIL);
  }

  @Test
  void theClientFollowsTheExampleOfTheRfc() {
    ScramClient client = client();

    assertThat(client.mechanism()).isEqualTo("SCRAM-SHA-256");
    assertThat(client.first()).asString().isEqualTo(CLIENT_FIRST);
    ScramClient.Challenge challenge = client.challenge(bytes(SERVER_FIRST));
    assertThat(challenge.fits(PENCIL)).isTrue();
    assertThat(challenge.salt()).isEqualTo(SALT);
    assertThat(client.answer(PENCIL)).asString().isEqualTo(CLIENT_FINAL);
    client.verify(bytes(SERVER_FINAL));
  }

  /** The key in the client's proof logs in wherever the same verifier is in force. */
  @Test
  void theKeysOfOneExchangeServeForAnother() {
    ScramServer first = server();
    first.first(bytes(CLIENT_FIRST));
    ScramKeys taken = requireNonNull(first.finish(bytes(CLIENT_FINAL))).keys();
    ScramClient client = new ScramClient(ChannelBinding.NOT_OFFERED);
    ScramServer second = new ScramServer(PENCIL.verifier(), false);

    client.challenge(second.first(client.first()));
    ScramServer.Proven proven = requireNonNull(second.finish(client.answer(taken)));

    client.verify(proven.message());
  }

  @Test
  void aWrongPasswordProvesNothing() {
    ScramServer server = server();
    ScramClient client = client();
    client.challenge(server.first(client.first()));

    assertThat(server.finish(client.answer(ScramKeys.derive("Pencil", SALT, 4096)))).isNull();
  }

  @Test
  void whoIsDoomedFailsWithTheRightPassword() {
    ScramServer server = new ScramServer(PENCIL.verifier(), true, SERVER_NONCE);
    server.first(bytes(CLIENT_FIRST));

    assertThat(server.finish(bytes(CLIENT_FINAL))).isNull();
  }

  @Test
  void nobodyMatchesTheUnmatchable() {
    ScramServer server =
        new ScramServer(ScramVerifier.unmatchable(SALT, 4096), false, SERVER_NONCE);

    assertThat(server.first(bytes(CLIENT_FIRST))).asString().isEqualTo(SERVER_FIRST);
    assertThat(server.finish(bytes(CLIENT_FINAL))).isNull();
  }

  /** It would bind if the server could: that is no downgrade, since the server can't. */
  @Test
  void theFlagYIsSignedToo() {
    ScramServer server = server();
    ScramClient client = new ScramClient(ChannelBinding.NOT_OFFERED, "", CLIENT_NONCE);
    assertThat(client.first()).asString().startsWith("y,,");
    client.challenge(server.first(client.first()));
    byte[] answer = client.answer(PENCIL);
    assertThat(answer).asString().startsWith("c=eSws,");

    assertThat(server.finish(answer)).isNotNull();
  }

  @Test
  void anExchangeIsBoundToItsChannel() {
    ScramServer server = server().chosen(BINDING, ScramServer.BINDING_MECHANISM);
    ScramClient client = new ScramClient(BINDING, "", CLIENT_NONCE);
    client.challenge(server.first(client.first()));

    ScramServer.Proven proven = requireNonNull(server.finish(client.answer(PENCIL)));

    client.verify(proven.message());
  }

  @Test
  void anExchangeOfAnotherChannelFails() {
    ScramServer server = server().chosen(BINDING, ScramServer.BINDING_MECHANISM);
    ScramClient client =
        new ScramClient(ChannelBinding.tlsServerEndPoint(bytes("other")), "", CLIENT_NONCE);
    client.challenge(server.first(client.first()));

    assertThatThrownBy(() -> server.finish(client.answer(PENCIL)))
        .isInstanceOf(ScramException.class)
        .hasMessage("SCRAM channel binding check failed");
  }

  /** RFC 5802, section 6: a client that would bind, and wasn't offered to, finds out here. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SCRAM-SHA-256      | y,,                         | negotiation error",
        "SCRAM-SHA-256      | p=tls-server-end-point,,    | malformed",
        "SCRAM-SHA-256-PLUS | y,,                         | malformed",
        "SCRAM-SHA-256-PLUS | n,,                         | malformed",
        "SCRAM-SHA-256-PLUS | p=tls-unique,,              | channel-binding type \"tls-unique\"",
      })
  void theFlagMustFitTheMechanism(String mechanism, String header, String message) {
    ScramServer server = server().chosen(BINDING, mechanism);

    assertThatThrownBy(() -> server.first(bytes(header + "n=,r=" + CLIENT_NONCE)))
        .isInstanceOf(ScramException.class)
        .hasMessageContaining(message);
  }

  @Test
  void theFlagIsTheSameInBothMessages() {
    ScramServer server = server();
    server.first(bytes("y,,n=,r=" + CLIENT_NONCE));

    assertThatThrownBy(() -> server.finish(bytes(CLIENT_FINAL)))
        .isInstanceOf(ScramException.class)
        .hasMessage("unexpected SCRAM channel-binding attribute in client-final-message");
  }

  @Test
  void extensionsThatNeedNotBeUnderstoodAreIgnored() {
    ScramServer server = server();

    assertThat(server.first(bytes("n,,n=user,r=" + CLIENT_NONCE + ",x=anything")))
        .asString()
        .isEqualTo(SERVER_FIRST);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``|The message is empty.",
        "n|Expected \",\" and found the end of the message.",
        "x,,n=,r=abc|Unexpected channel-binding flag in client-first-message.",
        "p=tls-server-end-point,,n=,r=abc|The client selected SCRAM-SHA-256 without channel"
            + " binding, but the SCRAM message includes channel binding data.",
        "n,x,n=,r=abc|Expected \",\" and found \"x\".",
        "n,,r=abc|Expected attribute \"n\" and found \"r\".",
        "n,,n=user|Expected attribute \"r\" and found the end of the message.",
        "n,,n=user,r=|Non-printable characters in SCRAM nonce.",
        "n,,n=user,r=a b|Non-printable characters in SCRAM nonce.",
        "n,,nuser,r=abc|Expected \"=\" and found \"u\".",
        "n,,n=user,r=abc,1=x|Attribute expected, but found invalid character \"1\".",
      })
  void aFirstMessageThatIsNoneIsMalformed(String message, String detail) {
    assertThatThrownBy(() -> server().first(bytes(message)))
        .isInstanceOfSatisfying(
            ScramException.class,
            e -> {
              assertThat(e.report().sqlState()).isEqualTo("08P01");
              assertThat(e.report().message()).isEqualTo("malformed SCRAM message");
              assertThat(e.report().detail()).isEqualTo(detail);
            });
  }

  @Test
  void aNulIsNoEnd() {
    assertThatThrownBy(() -> server().first(bytes(CLIENT_FIRST + "\0")))
        .isInstanceOf(ScramException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"n,a=admin,n=user,r=abc", "n,,m=x,n=user,r=abc"})
  void whatNobodySupportsIsSaidToBe(String message) {
    assertThatThrownBy(() -> server().first(bytes(message)))
        .isInstanceOfSatisfying(
            ScramException.class, e -> assertThat(e.report().sqlState()).isEqualTo("0A000"));
  }

  /** Bounded by the longest message that a login takes, and by nothing else (CVE-2026-6664). */
  @Test
  void aLongNonceIsANonce() {
    String nonce = "a".repeat(60_000);

    assertThat(server().first(bytes("n,,n=,r=" + nonce))).asString().startsWith("r=" + nonce);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "c=biws",
        "c=biws,r=NONCE",
        "c=biws,r=NONCE,p=",
        "c=biws,r=NONCE,p=dHzb",
        "c=biws,r=NONCE,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ",
        "c=biws,r=NONCE,p=!!!!ZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "c=biws,r=NONCE,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=,x=y",
        "c=biws,r=OTHER,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "c=biws,r=,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "c=eSws,r=NONCE,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "r=NONCE,c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "c=biws,r=NONCE,=,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
      })
  void aFinalMessageThatIsNoneIsRefused(String message) {
    ScramServer server = server();
    server.first(bytes(CLIENT_FIRST));

    assertThatThrownBy(
            () -> server.finish(bytes(message.replace("NONCE", CLIENT_NONCE + SERVER_NONCE))))
        .isInstanceOfSatisfying(
            ScramException.class, e -> assertThat(e.report().sqlState()).isEqualTo("08P01"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "r=NONCE,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "r=SERVERS,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "r=NONCEx,s=,i=4096",
        "r=NONCEx,s=?,i=4096",
        "r=NONCEx,s=W22ZaJ0SNY7soEsUEjb6gQ==",
        "r=NONCEx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
        "r=NONCEx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-5",
        "r=NONCEx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000",
        "r=NONCEx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,x=y",
        "m=x,r=NONCEx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
      })
  void aChallengeThatIsNoneIsRefused(String message) {
    ScramClient client = client();
    client.first();

    assertThatThrownBy(() -> client.challenge(bytes(message.replace("NONCE", CLIENT_NONCE))))
        .isInstanceOf(ScramException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "v=",
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8=",
        "e=invalid-proof",
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,x=y"
      })
  void aServerThatDoesNotKnowTheVerifierIsFoundOut(String message) {
    ScramClient client = client();
    client.first();
    client.challenge(bytes(SERVER_FIRST));
    client.answer(PENCIL);

    assertThatThrownBy(() -> client.verify(bytes(message))).isInstanceOf(ScramException.class);
  }
}
