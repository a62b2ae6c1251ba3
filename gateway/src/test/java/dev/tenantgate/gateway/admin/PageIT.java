package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.browser.Browser;
import dev.tenantgate.gateway.testing.browser.Tab;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a headless Chromium, with three tenants and with 5,000. */
class PageIT {

  private static final int MANY = 5_000;

  @TempDir static Path folder;
  private static TestDatabase few;
  private static TestDatabase many;
  private static GatewayFixture small;
  private static GatewayFixture large;
  private static Browser browser;

  /** Each test opens its own. */
  @SuppressWarnings("NullAway.Init")
  private Tab tab;

  @BeforeAll
  static void start() throws Exception {
    Optional<Path> binary = Browser.installed();
    assumeThat(binary).as("a Chromium on the PATH; without one the page isn't tried").isPresent();
    Path migrations = folder.resolve("migrations");
    GatewayFixture.migration(
        migrations, "00001_a.sql", "CREATE TABLE IF NOT EXISTS sites (id int);");
    GatewayFixture.migration(
        migrations,
        "00002_b.sql",
        "ALTER TABLE sites ADD COLUMN name text;\n"
            + "-- DOWN MIGRATION\nALTER TABLE sites DROP COLUMN name;");
    few = TestPostgres.latest().newDatabase();
    for (String tenant : List.of("acme", "globex", "initech")) {
      few.execute("CREATE SCHEMA tenant_" + tenant);
    }
    few.execute("CREATE TABLE tenant_initech.sites (id int, name text)");
    many = TestPostgres.latest().newDatabase();
    for (int from = 1; from <= MANY; from += 500) {
      many.execute(
          "DO $$ BEGIN FOR i IN %d..%d LOOP EXECUTE 'CREATE SCHEMA tenant_c' || i; END LOOP; END $$"
              .formatted(from, from + 499));
    }
    Map<String, String> settings = Map.of("migrations.trigger", "manual");
    small = GatewayFixture.start(few, migrations, settings);
    large = GatewayFixture.start(many, migrations, settings);
    browser = Browser.start(binary.orElseThrow(), Files.createDirectory(folder.resolve("profile")));
  }

  @AfterAll
  static void stop() throws Exception {
    if (browser != null) {
      browser.close();
      small.close();
      large.close();
      few.close();
      many.close();
    }
  }

  @AfterEach
  void nothingIsComplainedOf() {
    assertThat(tab.complaints()).isEmpty();
  }

  private void open(GatewayFixture gateway, String view) {
    tab = browser.open(1400, 900);
    tab.go(gateway.adminUrl("/" + view));
    tab.until("document.getElementById('live')?.textContent === 'live'");
  }

  private String focused() {
    return tab.value("document.activeElement.id || document.activeElement.innerText").asText();
  }

  @Test
  void heldTenantComesFirstAndGoesOnWithoutAReload() throws Exception {
    open(small, "");
    CompletableFuture<Void> session =
        CompletableFuture.runAsync(
            () -> {
              try (Connection held = small.connect("globex")) {
                held.createStatement().execute("SELECT name FROM sites");
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    tab.until("document.querySelectorAll('tbody tr')[1]?.innerText.match(/globex\\s+behind/)");
    tab.until("document.querySelector('[data-state=held]').innerText.startsWith('1')");
    tab.click("Upgrade: globex");
    session.get(60, TimeUnit.SECONDS);
    tab.until("document.querySelector('tbody').innerText.match(/globex\\s+current/)");
    tab.until("document.querySelector('[data-state=held]').innerText.startsWith('0')");
  }

  @Test
  void failureIsToldAndCanBeTriedAgain() {
    open(small, "#/tenant/initech");
    tab.click("Upgrade…");
    tab.click("Apply 2");
    tab.until("document.querySelector('.error')?.innerText.includes('already exists')");
    assertThat(tab.text("main")).contains("Last failure", "Try again…", "2 b");
    tab.go(small.adminUrl("/#/rollouts"));
    tab.until("document.querySelector('h1')?.innerText === 'Rollouts'");
  }

  @Test
  void wayBackSaysHowManyAndWhich() {
    few.execute("CREATE SCHEMA IF NOT EXISTS tenant_back");
    open(small, "#/tenant/back");
    tab.click("Upgrade…");
    tab.click("Apply 2");
    tab.click("Roll back…");
    assertThat(tab.text("#confirm")).contains("takes back 1 migration of back: 2.");
    tab.value("document.getElementById('back-to').focus()");
    tab.press("ArrowDown");
    tab.until("document.getElementById('confirm-go').innerText === 'Take back 2'");
    tab.press("Escape");
    assertThat(focused()).isEqualTo("Roll back…");
    tab.click("Roll back…");
    tab.click("Take back 1");
    tab.until("document.querySelector('dl').innerText.match(/behind/)");
    assertThat(tab.text("dl")).contains("1 of 2");
  }

  @Test
  void fiveThousandTenantsAreListedAsTheyAreLookedAt() {
    open(large, "");
    tab.until("document.querySelector('#main > p').innerText.startsWith('5,000 tenants')");
    tab.until("document.querySelectorAll('tbody tr').length === 201");
    tab.click("Show 1,000 more of 5,000");
    tab.until("document.querySelectorAll('tbody tr').length === 1201");
    tab.value(
        "(find => { find.value = 'C499'; find.dispatchEvent(new Event('input')); })"
            + "(document.querySelector('input[type=search]'))");
    tab.until("document.querySelectorAll('tbody tr').length === 11");
    assertThat(
            tab.value(
                    "performance.getEntriesByType('resource').filter(each =>"
                        + " each.name.includes('/api/v1/tenants?')).length")
                .asInt())
        .as("the list was asked for once, in pages")
        .isEqualTo(3);
  }

  @Test
  void dialogKeepsTheFocusAndGivesItBack() {
    open(large, "");
    tab.press("Tab");
    assertThat(focused()).isEqualTo("skip");
    tab.focus("Upgrade all that lag…");
    tab.press("Enter");
    assertThat(tab.text("#confirm")).contains("5,000 tenants", "to version 2", "Upgrade 5,000");
    assertThat(focused()).isEqualTo("confirm-leave");
    for (int i = 0; i < 4; i++) {
      tab.press("Tab");
      assertThat(tab.value("document.activeElement.closest('main')").isNull()).isTrue();
    }
    tab.press("Escape");
    assertThat(focused()).isEqualTo("Upgrade all that lag…");
    assertThat(tab.value("document.querySelector('dialog[open]')").isNull()).isTrue();
  }

  @Test
  void everyViewFitsAPhoneAndHasNamesForAScreenReader() {
    open(small, "");
    tab.resize(390, 844);
    for (String view : List.of("", "rollouts", "migrations", "gateways", "tenant/acme")) {
      tab.go(small.adminUrl("/#/" + view));
      tab.until("document.querySelector('h1')");
      tab.until("!document.getElementById('main').innerText.includes('Loading…')");
      assertThat(tab.value("document.documentElement.scrollWidth - innerWidth").asInt())
          .as(view)
          .isNotPositive();
      assertThat(tab.controls(List.of("button", "link", "searchbox", "combobox", "region")))
          .as(view)
          .isNotEmpty()
          .noneMatch(control -> control.endsWith(": "));
    }
  }
}
