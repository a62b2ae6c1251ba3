package dev.tenantgate.migrator.changelog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PythonFormatTest {

  private static final String SCOPE = "# MIGRATION_SCOPE: tenant\n";

  @TempDir Path folder;
  TestChangelog files;

  @BeforeEach
  void open() {
    files = new TestChangelog(folder);
  }

  private List<String> errors() {
    return files.reading().errors().stream()
        .map(error -> error.toString().replace(folder + "/", ""))
        .toList();
  }

  @Test
  void readsTheDocumentedFormat() {
    files.with(
        "003_add_user_avatar.py",
        """
        \"""
        Add avatar URL to users

        # MIGRATION_SCOPE: both
        # MIGRATION_VERSION: 003_add_user_avatar
        # MIGRATION_DESCRIPTION: Add avatar_url column to users table
        \"""

        UPGRADE_SQL = \"""
        ALTER TABLE users ADD COLUMN avatar_url VARCHAR(500);
        \"""

        DOWNGRADE_SQL = \"""
        ALTER TABLE users DROP COLUMN avatar_url;
        \"""


        def upgrade():
            \"""Apply migration\"""
            return UPGRADE_SQL


        def downgrade() -> str:
            return DOWNGRADE_SQL
        """);

    Migration migration = files.changelog().migrations().get(0);

    assertThat(migration.version()).isEqualTo(new Version(3));
    assertThat(migration.name()).isEqualTo("add_user_avatar");
    assertThat(migration.scope()).isEqualTo(MigrationScope.BOTH);
    assertThat(migration.description()).isEqualTo("Add avatar_url column to users table");
    assertThat(migration.up().sql())
        .isEqualTo("\nALTER TABLE users ADD COLUMN avatar_url VARCHAR(500);\n");
    assertThat(((SqlPart) migration.up()).lineAt(1)).isEqualTo(10);
    assertThat(migration.down()).isNotNull();
    assertThat(files.reading().problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPGRADE_SQL: str = 'SELECT 1'",
        "UPGRADE_SQL = ('SELECT '\n  '1')",
        "UPGRADE_SQL = (\n  # why\n  'SELECT 1'\n)",
        "import os; UPGRADE_SQL = 'SELECT 1'; DOWNGRADE_SQL = None",
        "UPGRADE_SQL = 'SELECT 1'\nif UPGRADE_SQL == 'x':\n  print(UPGRADE_SQL)",
        "UPGRADE_SQL = 'SELECT 1'\ndef upgrade(): return UPGRADE_SQL",
        "UPGRADE_SQL = r'SELECT 1'\n\n\ndef helper():\n  return f(UPGRADE_SQL='x')",
      })
  void takesPlainLiterals(String source) {
    files.with("1_a.py", SCOPE + source);

    assertThat(errors()).isEmpty();
    assertThat(files.changelog().migrations().get(0).up().sql()).isEqualTo("SELECT 1");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "UPGRADE_SQL = f'SELECT {x}' | 2",
        "UPGRADE_SQL = 'SELECT %s' % x | 2",
        "UPGRADE_SQL = 'SELECT {}'.format(x) | 2",
        "UPGRADE_SQL = 'a' + b | 2",
        "UPGRADE_SQL = build() | 2",
        "UPGRADE_SQL = b'SELECT 1' | 2",
        "UPGRADE_SQL = 'a', 'b' | 2",
        "UPGRADE_SQL = ('a')('b') | 2",
        "UPGRADE_SQL = 'a'⏎UPGRADE_SQL += 'b' | 3",
        "UPGRADE_SQL = 'a'⏎UPGRADE_SQL = 'b' | 3",
        "if x:⏎  UPGRADE_SQL = 'a' | 3",
        "if x:⏎  UPGRADE_SQL: str = 'a' | 3",
        "X = UPGRADE_SQL = 'a' | 2",
        "UPGRADE_SQL, DOWNGRADE_SQL = 'a', 'b' | 2",
        "from x import UPGRADE_SQL | 1",
        "UPGRADE_SQL = 'a'⏎⏎def upgrade():⏎  return UPGRADE_SQL + x | 5",
        "UPGRADE_SQL = 'a'⏎DOWNGRADE_SQL = 'b'⏎def downgrade():⏎  op.execute('x') | 5",
        "UPGRADE_SQL = 'a'⏎DOWNGRADE_SQL = f'b' | 3",
        "def upgrade():⏎  op.add_column('a') | 3",
        "UPGRADE_SQL = 'a⏎SELECT 1 | 2",
        "UPGRADE_SQL = '''⏎⏎COMMIT;⏎''' | 4",
        "UPGRADE_SQL = 'SELECT 1;\\nSELECT 2;\\nCOMMIT' | 2",
      })
  void refusesWhatItWouldHaveToRunAndSaysWhere(String source, int line) {
    files.with("1_a.py", SCOPE + source.replace('⏎', '\n'));

    assertThat(errors()).first().asString().startsWith("1_a.py:" + line + ": ");
  }

  @Test
  void theScopeIsRequiredAndTheVersionIsTheFilesName() {
    files
        .with("1_a.py", "UPGRADE_SQL = 'SELECT 1'")
        .with("tenant/2_b.py", "UPGRADE_SQL = 'SELECT 1'")
        .with("3_c.py", SCOPE + "# MIGRATION_VERSION: 003_d\nUPGRADE_SQL = 'SELECT 1'")
        .with("__init__.py", "")
        .with("__pycache__/1_a.cpython-312.pyc", "");

    assertThat(errors())
        .containsExactly(
            "1_a.py: this migration doesn't say its scope; add a comment # MIGRATION_SCOPE: public,"
                + " tenant or both",
            "3_c.py:2: MIGRATION_VERSION is 003_d, but the file is called 3_c.py");
  }
}
