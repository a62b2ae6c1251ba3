package dev.tenantgate.gateway.startup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.protocol.ProtocolVersion;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionRequestTest {

  private static SessionRequest read(String... namesAndValues) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      parameters.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return SessionRequest.of(new StartupMessage(new ProtocolVersion(3, 0), parameters));
  }

  private static SessionRequest options(String options) {
    return read("user", "ann", "options", options);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-c search_path=tenant_acme",
        "-csearch_path=tenant_acme",
        "--search_path=tenant_acme",
        "--search-path=tenant_acme",
        "-c SEARCH_PATH=tenant_acme",
        "  -c \t search_path=tenant_acme ",
        "-Ec search_path=tenant_acme",
        "-c search_path=other -c search_path=tenant_acme",
        "-d 2 -c search_path=tenant_acme",
      })
  void findsTheSearchPathInAllSpellings(String options) {
    assertThat(options(options).searchPath()).isEqualTo("tenant_acme");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-c search_path=tenant_acme|",
        "-c search_path=a -c statement_timeout=5s|-c statement_timeout=5s",
        "-c statement_timeout=5s --search-path=a -c geqo=off|-c statement_timeout=5s -c geqo=off",
        "-E -c search_path=a|-E",
        "-Ec search_path=a|-E",
        "-c application_name=my\\ app|-c application_name=my\\ app",
        "-c application_name=a\\\\b -c tenantgate.tenant=acme|-c application_name=a\\\\b",
      })
  void takesOnlyWhatIsItsOwnOutOfTheOptions(String options, String left) {
    assertThat(options(options).others().get("options")).isEqualTo(left);
  }

  @Test
  void readsEscapedSpacesAndQuotes() {
    assertThat(options("-c search_path=tenant_acme,\\ \"My\\ Schema\"").searchPath())
        .isEqualTo("tenant_acme, \"My Schema\"");
  }

  /** A value is a value: what looks like another switch or a statement stays inside it. */
  @ParameterizedTest
  @ValueSource(
      strings = {"public;create/**/table", "a\\ -c\\ search_path=evil", "x\\ --role=postgres"})
  void readsWhatLooksLikeAnInjectionAsAValue(String value) {
    SessionRequest request = options("--search-path=" + value);
    assertThat(request.searchPath()).isEqualTo(value.replace("\\", ""));
    assertThat(request.others()).doesNotContainKey("options");
  }

  @Test
  void lastBackslashAndMissingArgumentsDoNoHarm() {
    assertThat(options("-c").others()).containsEntry("options", "-c");
    assertThat(options("\\").others()).doesNotContainKey("options");
    assertThat(options("-c search_path=a\\").searchPath()).isEqualTo("a");
    assertThat(options("").others()).doesNotContainKey("options");
  }

  @Test
  void takesItsOwnSettingsOut() {
    SessionRequest request =
        options("-c tenantgate.tenant=acme -c tenantgate.min_version=5 --tenantgate.max-version=7");
    assertThat(request.tenant()).isEqualTo("acme");
    assertThat(request.minVersion()).isEqualTo("5");
    assertThat(request.maxVersion()).isEqualTo("7");
    assertThat(request.forBackend(null).parameters())
        .containsExactly(Map.entry("user", "ann"), Map.entry("database", "ann"));
  }

  /**
   * The server resolves {@code "$user"} by the current role, so a role leads to a tenant as well.
   */
  @Test
  void aRoleStandsInForTheUserInASearchPath() {
    assertThat(options("").pathUser()).isEqualTo("ann");
    assertThat(options("-c role=tenant_acme").pathUser()).isEqualTo("tenant_acme");
    assertThat(options("--Role=none").pathUser()).isEqualTo("ann");
    SessionRequest request = read("user", "ann", "ROLE", "tenant_acme");
    assertThat(request.pathUser()).isEqualTo("tenant_acme");
    assertThat(request.forBackend(null).parameters()).containsEntry("ROLE", "tenant_acme");
  }

  @Test
  void aParameterOfItsOwnWinsOverOptions() {
    SessionRequest request =
        read("user", "ann", "search_path", "startup", "options", "-c search_path=options");
    assertThat(request.searchPath()).isEqualTo("startup");
  }

  @Test
  void keepsEverythingElseInItsOrder() {
    SessionRequest request =
        read("user", "ann", "database", "app", "application_name", "psql", "DateStyle", "ISO");
    assertThat(request.forBackend("tenant_acme, public").parameters())
        .containsExactly(
            Map.entry("user", "ann"),
            Map.entry("database", "app"),
            Map.entry("application_name", "psql"),
            Map.entry("DateStyle", "ISO"),
            Map.entry("search_path", "tenant_acme, public"));
  }

  @Test
  void refusesWhatCantBe() {
    assertThatThrownBy(() -> read("database", "app"))
        .isInstanceOf(InvalidStartupParameter.class)
        .hasMessage("no PostgreSQL user name specified in startup packet");
    assertThatThrownBy(() -> options("-c tenantgate.tennant=acme"))
        .isInstanceOf(InvalidStartupParameter.class)
        .hasMessage("unrecognized configuration parameter \"tenantgate.tennant\"");
  }

  @Test
  void knowsReplicationWhenItIsAskedFor() {
    assertThat(read("user", "ann", "replication", "database").replication()).isEqualTo("database");
    assertThat(read("user", "ann", "replication", "off").replication()).isNull();
    assertThat(read("user", "ann").replication()).isNull();
  }

  /** As {@code ProcessStartupPacket} and {@code parse_bool} have it. */
  @ParameterizedTest
  @CsvSource({
    "database,true,true",
    "true,true,false",
    "T,true,false",
    "yes,true,false",
    "on,true,false",
    "1,true,false",
    "Database,true,false",
    "maybe,true,false",
    "f,false,true",
    "NO,false,true",
    "of,false,true",
    "0,false,true"
  })
  void tellsPhysicalFromLogicalReplication(String value, boolean walsender, boolean hasDatabase) {
    SessionRequest request = read("user", "ann", "replication", value);

    assertThat(request.isReplication()).isEqualTo(walsender);
    assertThat(request.belongsToDatabase()).isEqualTo(hasDatabase);
  }
}
