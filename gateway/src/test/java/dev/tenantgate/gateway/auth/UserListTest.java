package dev.tenantgate.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.config.AuthSettings;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The format of PgBouncer's {@code userlist.txt}, as its documentation and its parser have it. */
class UserListTest {

  private static final String VERIFIER =
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

  private static UserList list(String content) throws SettingsException {
    return UserList.parse("users.txt", content, false);
  }

  @Test
  void everyKindOfSecretIsUnderstood() throws Exception {
    UserList users =
        list(
            """
            ; comments and empty lines say nothing

            "plain" "pencil"
            "md5" "md55d41402abc4b2a76b9719d911017c592"
              "scram"   "%s"   ignored; as is "this"
            "none" ""
            """
                .formatted(VERIFIER));

    assertThat(users.find("plain")).isEqualTo(new UserSecret.Plain("pencil"));
    assertThat(users.find("md5")).isEqualTo(new UserSecret.Md5("5d41402abc4b2a76b9719d911017c592"));
    assertThat(users.find("scram"))
        .isInstanceOfSatisfying(
            UserSecret.Scram.class,
            scram -> assertThat(scram.verifier().text()).isEqualTo(VERIFIER));
    assertThat(users.find("none")).isNull();
    assertThat(users.find("PLAIN")).isNull();
  }

  @Test
  void hashesThatCannotCheckAClientAreRefusedByName() throws Exception {
    String hash = "md55d41402abc4b2a76b9719d911017c592";
    String content =
        """
        "early" "%1$s"
        "early" "pencil"
        "bob" "%1$s"
        "fine" "pencil"
        "late" "pencil"
        "late" "%1$s"
        "emptied" "%1$s"
        "emptied" ""
        """
            .formatted(hash);

    assertThat(list(content).find("bob")).isInstanceOf(UserSecret.Md5.class);
    assertThatThrownBy(() -> UserList.parse("users.txt", content, true))
        .isInstanceOfSatisfying(
            SettingsException.class,
            e -> {
              assertThat(e.errors()).hasSize(2);
              assertThat(e.getMessage())
                  .contains("users.txt:3: auth.user-list: the secret of \"bob\" is an MD5 hash")
                  .contains("users.txt:6: auth.user-list: the secret of \"late\" is an MD5 hash")
                  .doesNotContain(hash.substring(3));
            });
  }

  @Test
  void quotesAreDoubled() throws Exception {
    UserList users = list("\"say \"\"hi\"\"\" \"a\"\"b ;c\"\r\n\"\"\"\" \"\"\"\"");

    assertThat(users.find("say \"hi\"")).isEqualTo(new UserSecret.Plain("a\"b ;c"));
    assertThat(users.find("\"")).isEqualTo(new UserSecret.Plain("\""));
  }

  @Test
  void theLastLineOfAUserCounts() throws Exception {
    assertThat(list("\"a\" \"1\"\n\"a\" \"2\"").find("a")).isEqualTo(new UserSecret.Plain("2"));
    assertThat(list("\"a\" \"1\"\n\"a\" \"\"").find("a")).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "plain secret|must begin with the user's name in double quotes",
        "\"name|must have a double quote that ends what one begins",
        "\"name\"|must have a secret in double quotes behind the name",
        "\"name\" secret|must have a secret in double quotes behind the name",
        "\"name\" \"sesame|must have a double quote that ends what one begins",
        "\"\" \"sesame\"|must have the name of a user",
        "\"name\" \"SCRAM-SHA-256$4096:sesame\"|the SCRAM secret is not"
            + " SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey",
      })
  void errorsNameTheLineAndNoSecret(String line, String message) {
    assertThatThrownBy(() -> list("\"fine\" \"x\"\n" + line + "\n"))
        .isInstanceOf(SettingsException.class)
        .hasMessage("users.txt:2: auth.user-list: " + message)
        .message()
        .doesNotContain("sesame");
  }

  @Test
  void everyErrorIsFound() {
    assertThatThrownBy(() -> list("a\n\"fine\" \"x\"\nb\n"))
        .hasMessageContainingAll("users.txt:1:", "users.txt:3:");
  }

  @Test
  void nothingSecretIsPrinted() throws Exception {
    assertThat(list("\"a\" \"sesame\"").secrets()).asString().doesNotContain("sesame");
  }

  @Test
  void aFileThatIsNotThereIsSaidToBe(@TempDir Path folder) throws Exception {
    Path missing = folder.resolve("users.txt");
    AuthSettings settings =
        new AuthSettings(
            AuthSettings.Method.SCRAM_SHA_256, missing, null, null, PassOrReject.REJECT);

    assertThatThrownBy(() -> Authenticators.users(settings))
        .isInstanceOf(SettingsException.class)
        .hasMessage(missing + ": auth.user-list: must be a file that is there");
    Files.write(missing, new byte[] {'"', (byte) 0xff, '"'});
    assertThatThrownBy(() -> Authenticators.users(settings))
        .hasMessageEndingWith("must be a file of UTF-8 text");
  }

  /** Salts of users who don't exist hang on the secret alone, so that they outlive a restart. */
  @Test
  void inventedSaltsAreStable() {
    InventedSalts salts = InventedSalts.from("secret");

    assertThat(salts.of("nobody")).hasSize(16).isEqualTo(InventedSalts.from("secret").of("nobody"));
    assertThat(salts.of("nobody")).isNotEqualTo(salts.of("somebody"));
    assertThat(salts.of("nobody")).isNotEqualTo(InventedSalts.from("other").of("nobody"));
    assertThat(InventedSalts.random().of("nobody"))
        .isNotEqualTo(InventedSalts.random().of("nobody"));
  }
}
