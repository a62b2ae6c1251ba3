package dev.tenantgate.migrator.changelog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.RequiredVersion;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.migrator.changelog.ExternalTool.Requirement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders of other tools' files: whose they are, and which migrations they hold. */
class ExternalChangelogTest {

  @TempDir Path folder;

  private void file(String name, String text) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ChangelogReading read() throws Exception {
    return read("auto");
  }

  private ChangelogReading read(String format) throws Exception {
    MigrationSettings settings =
        SettingsReader.readMigrations(
            new SettingsSources(
                null,
                Map.of(),
                Map.of(
                    "migrations.tool",
                    "external",
                    "migrations.file-format",
                    format,
                    "migrations.locations",
                    folder.toString())));
    return ExternalChangelog.read(settings, new RequiredVersion.Latest());
  }

  private static List<String> versions(ChangelogReading reading) {
    return reading.migrations().stream().map(Migration::toString).toList();
  }

  private static ToolFormat format(ChangelogReading reading) {
    return Objects.requireNonNull(
        Objects.requireNonNull(reading.external(), "external").format(), "format");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RAILS           | 20240101000000_create_users.rb       | 20240102000000_add_email.rb      "
            + " | class X                                    | 20240101000000 | 20240102000000",
        "ECTO            | 20240101000000_create_users.exs      | 20240102000000_add_email.exs     "
            + " | defmodule X                                | 20240101000000 | 20240102000000",
        "FLYWAY          | V1__create_users.sql                 | sub/V1_10__add_email.sql         "
            + " | SELECT 1                                   | 1              | 1.10",
        "GOLANG_MIGRATE  | 000001_create_users.up.sql           | 000002_add_email.up.sql          "
            + " | SELECT 1                                   | 1              | 2",
        "DBMATE          | 20240101_create_users.sql            | 20240102_add_email.sql           "
            + " | -- migrate:up                              | 20240101       | 20240102",
        "GOOSE           | 00001_create_users.sql               | 00002_add_email.sql              "
            + " | -- +goose Up                               | 1              | 2",
        "TERN            | 001_create_users.sql                 | 002_add_email.sql                "
            + " | ---- create above / drop below ----        | 1              | 2",
        "PRISMA          | 1_create_users/migration.sql         | 2_add_email/migration.sql        "
            + " | SELECT 1                                   | 1_create_users | 2_add_email",
        "NODE_PG_MIGRATE | 1700000000000_create_users.js        | 1700000000001_add-email.ts       "
            + " | exports.up = (pgm) => {}                   | 1700000000000_create_users |"
            + " 1700000000001_add-email",
        "NODE_PG_MIGRATE | 1700000000000_create_users.sql       | 1700000000001_add_email.sql      "
            + " | -- Up Migration                            | 1700000000000_create_users |"
            + " 1700000000001_add_email",
        "KNEX            | 20240101000000_create_users.js       | 20240102000000_add_email.js      "
            + " | exports.up = function(knex) {}             | 20240101000000_create_users.js |"
            + " 20240102000000_add_email.js",
        "SEQUELIZE       | 20240101000000-create-users.js       | 20240102000000-add-email.js      "
            + " | module.exports = {async up(q, S) {}}       | 20240101000000-create-users.js |"
            + " 20240102000000-add-email.js",
        "SEQUELIZE       | 20240101000000_create_users.js       | 20240102000000_add_email.js      "
            + " | up: (queryInterface) => queryInterface.x   | 20240101000000_create_users.js |"
            + " 20240102000000_add_email.js",
        "TYPEORM         | 1700000000000-CreateUsers.ts         | 1700000000001-AddEmail.ts        "
            + " | class X implements MigrationInterface {}   | 1700000000000 | 1700000000001",
        "LARAVEL         | 2024_01_01_000000_create_users.php   | 2024_01_02_000000_add_email.php  "
            + " | <?php return new class {};                 | 2024_01_01_000000_create_users |"
            + " 2024_01_02_000000_add_email",
        "ENTITY_FRAMEWORK | 20240101000000_CreateUsers.cs       | 20240102000000_AddEmail.cs       "
            + " | partial class X : Migration {}             | 20240101000000_CreateUsers |"
            + " 20240102000000_AddEmail",
        "NUMBERED        | 001_create_users.sql                 | 002_add_email.sql                "
            + " | ALTER TABLE x                              | 001_create_users | 002_add_email",
        "NUMBERED        | 001_create_users.py                  | 002_add_email.py                 "
            + " | UPGRADE_SQL = ''                           | 001_create_users | 002_add_email",
        "DJANGO          | shop/migrations/0001_create_users.py | shop/migrations/0002_add_email.py"
            + " | class Migration(migrations.Migration):     | shop.0001_create_users |"
            + " shop.0002_add_email",
      })
  void aFolderTellsWhoseItIsAndWhichMigrationsItHolds(
      ToolFormat format, String first, String second, String text, String one, String two)
      throws Exception {
    file(second, text + "\n");
    file(first, text + "\n");
    file("README.md", "about");
    file("shop/migrations/__init__.py", "");
    file("node_modules/x/V9__x.sql", "");

    ChangelogReading reading = read();

    assertThat(reading.errors()).isEmpty();
    assertThat(format(reading)).isEqualTo(format);
    assertThat(versions(reading)).containsExactly(one, two);
    assertThat(Objects.requireNonNull(reading.external(), "external").requirement())
        .hasToString(two);
  }

  @Test
  void versionsAreComparedAsTheToolDoes() throws Exception {
    for (String version : List.of("1", "1_2", "1.10", "2", "10", "1_2_1")) {
      file("V" + version + "__x.sql", "");
    }
    file("R__views.sql", "");
    file("U2__x.sql", "");

    assertThat(versions(read())).containsExactly("1", "1.2", "1.2.1", "1.10", "2", "10");
    assertThat(VersionText.compare("1.0", "1")).isZero();
    assertThat(VersionText.compare("20240101", "9")).isPositive();
    assertThat(VersionText.compare("v2", "v10")).isPositive();
  }

  @Test
  void atlasIsKnownByItsSum() throws Exception {
    file("atlas.sum", "h1:x");
    file("20240101_create_users.sql", "CREATE TABLE x ();");
    file("20240102.sql", "CREATE TABLE y ();");

    assertThat(format(read())).isEqualTo(ToolFormat.ATLAS);
    assertThat(versions(read())).containsExactly("20240101", "20240102");
  }

  @Test
  void downFilesAndTestsAreNoMigrations() throws Exception {
    file("1_a.up.sql", "");
    file("1_a.down.sql", "");
    file("2_b.up.sql", "");
    file("2_b.down.sql", "");
    assertThat(versions(read())).containsExactly("1", "2");
  }

  @Test
  void djangosSquashedMigrationsAndLabels() throws Exception {
    file("apps/store/apps.py", "class X(AppConfig):\n    name = 'store'\n    label = 'shop'\n");
    file("apps/store/migrations/__init__.py", "");
    file(
        "apps/store/migrations/0001_squashed_0002.py",
        """
        class Migration(migrations.Migration):
            replaces = [("shop", "0001_initial"), ('shop', '0002_more')]
        """);
    file("venv/lib/x/migrations/0001_theirs.py", "class Migration(migrations.Migration): pass");

    ChangelogReading reading = read();

    assertThat(versions(reading)).containsExactly("shop.0001_squashed_0002");
    assertThat(Objects.requireNonNull(reading.external(), "external").replaced())
        .containsEntry("shop.0001_squashed_0002", List.of("shop.0001_initial", "shop.0002_more"));
  }

  @Test
  void whatIsWrongNamesFileAndReason() throws Exception {
    assertThat(read().errors()).hasSize(1);
    assertThat(read().errors().get(0).toString())
        .contains(folder.toString(), "no file in it is known", "migrations.file-format");

    file("V1_x.sql", "");
    file("V2__y.sql", "");
    assertThat(read().errors().get(0).toString()).contains("V1_x.sql", "two underscores");

    Files.delete(folder.resolve("V1_x.sql"));
    file("V2__z.sql", "");
    assertThat(read().errors().get(0).toString()).contains("V2__z.sql", "version 2 stands in");

    Files.delete(folder.resolve("V2__z.sql"));
    file("20240101000000_x.rb", "");
    assertThat(read().errors().get(0).toString())
        .contains("more than one tool", "flyway (", "rails (", "migrations.file-format");
    assertThat(versions(read("rails"))).containsExactly("20240101000000");
    assertThat(read("goose").errors().get(0).toString()).contains("no migration of goose");
  }

  @Test
  void aFolderThatIsNotThereIsTold() throws Exception {
    Files.delete(folder);
    assertThat(read().errors().get(0).toString()).contains(folder.toString(), "isn't a folder");
    Files.createDirectories(folder);
    file("99999999999999999999_x.up.sql", "");
    assertThat(read().errors().get(0).toString()).contains("99999999999999999999", "2^63-1");
  }

  @Test
  void aVersionNamesAndATagNeedNoFolder() {
    MigrationSettings none = settings();
    assertThat(ExternalChangelog.read(none, new RequiredVersion.Dotted("1.2")).external())
        .isNotNull()
        .extracting(ExternalTool::requirement)
        .isEqualTo(new Requirement.AtLeast("1.2"));
    assertThat(
            versions(
                ExternalChangelog.read(none, new RequiredVersion.Names(List.of("a.1", "b.2")))))
        .containsExactly("a.1", "b.2");
    assertThat(versions(ExternalChangelog.read(none, new RequiredVersion.Tag("v1"))))
        .containsExactly("v1");
  }

  private static MigrationSettings settings() {
    try {
      return SettingsReader.readMigrations(
          new SettingsSources(null, Map.of(), Map.of("migrations.tool", "external")));
    } catch (dev.tenantgate.config.SettingsException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void liquibasesChangelogsAreFollowedInEachOfTheirFormats() throws Exception {
    file(
        "master.xml",
        """
        <databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">
          <changeSet id="1" author="ann"><sql>SELECT 1</sql></changeSet>
          <changeSet id="1m" author="ann" dbms="mysql"><sql>SELECT 1</sql></changeSet>
          <changeSet id="1x" author="ann" ignore="true"><sql>SELECT 1</sql></changeSet>
          <changeSet id="1t" author="ann" context="test and !prod"><sql>SELECT 1</sql></changeSet>
          <include file="sub/second.yaml" relativeToChangelogFile="true"/>
          <includeAll path="all/"/>
        </databaseChangeLog>
        """);
    file(
        "sub/second.yaml",
        """
        databaseChangeLog:
          - changeSet: {id: 2, author: bob, changes: [{sql: {sql: SELECT 1}}]}
          - include: {file: third.json, relativeToChangelogFile: true}
        """);
    file(
        "sub/third.json",
        """
        {"databaseChangeLog": [{"changeSet": {"id": "3", "author": "bob", "logicalFilePath": "l.json"}}]}
        """);
    file("all/b.sql", "--liquibase formatted sql\n--changeset carl:5 dbms:postgresql\nSELECT 1;\n");
    file("all/a.sql", "-- liquibase formatted sql\n-- changeset \"carl c\":4\nSELECT 1;\n");
    file("other.xml", "<project/>");

    ChangelogReading reading = read();

    assertThat(reading.errors()).isEmpty();
    assertThat(format(reading)).isEqualTo(ToolFormat.LIQUIBASE);
    assertThat(versions(reading))
        .containsExactly(
            "master.xml::1::ann",
            "master.xml::1t::ann",
            "sub/second.yaml::2::bob",
            "l.json::3::bob",
            "all/a.sql::4::carl c",
            "all/b.sql::5::carl");
  }

  @Test
  void labelsOfLiquibasesAreToldOf() throws Exception {
    file(
        "master.xml",
        """
        <databaseChangeLog>
          <changeSet id="1" author="ann" labels="  "><sql>SELECT 1</sql></changeSet>
          <changeSet id="2" author="ann" labels="beta,!old"><sql>SELECT 1</sql></changeSet>
          <changeSet id="3" author="ann" labels="beta"><sql>SELECT 1</sql></changeSet>
          <include file="b.sql"/>
        </databaseChangeLog>
        """);
    file("b.sql", "--liquibase formatted sql\n--changeset carl:5 labels:later\nSELECT 1;\n");

    ChangelogReading reading = read();

    assertThat(reading.errors()).isEmpty();
    assertThat(reading.problems())
        .hasSize(2)
        .extracting(ChangelogProblem::message)
        .anyMatch(said -> said.contains("change set 2 of ann") && said.contains("beta,!old"))
        .anyMatch(said -> said.contains("change set 5 of carl") && said.contains("later"));
    assertThat(versions(reading)).hasSize(4);
  }

  @Test
  void aChangelogThatIsMissingIsNamed() throws Exception {
    file("m.yaml", "databaseChangeLog:\n  - include: {file: db/gone.xml}\n");

    assertThat(read().errors().toString()).contains("m.yaml").contains("includes db/gone.xml");
  }

  @ParameterizedTest
  @CsvSource({
    "prod, prod, true",
    "test, prod, false",
    "!test, prod, true",
    "test or prod, prod, true",
    "'test, prod', PROD, true",
    "prod and eu, prod, false",
    "not (test or dev), prod, true",
    "test,, true"
  })
  void contextsHoldAsLiquibaseReadsThem(String expression, String current, boolean holds) {
    assertThat(LiquibaseContext.holds(expression, current)).isEqualTo(holds);
  }

  @Test
  void alembicsRevisionsFollowEachOtherWhateverTheirFilesAreCalled() throws Exception {
    file("env.py", "from alembic import context");
    file(
        "versions/a_last.py",
        "revision: str = 'c3'\ndown_revision: Union[str, None] = ('b2', 'b1')\n");
    file("versions/b_first.py", "revision = \"a1\"\ndown_revision = None\n");
    file("versions/c_left.py", "revision = 'b1'\ndown_revision = 'a1'\n");
    file("versions/d_right.py", "revision = 'b2'\ndown_revision = 'a1'\n");

    ChangelogReading reading = read();

    assertThat(format(reading)).isEqualTo(ToolFormat.ALEMBIC);
    assertThat(versions(reading)).startsWith("a1").endsWith("c3").hasSize(4);
    assertThat(Objects.requireNonNull(reading.external(), "external").after())
        .containsEntry("b1", List.of("a1"))
        .containsEntry("c3", List.of("b2", "b1"));
  }
}
