package dev.tenantgate.migrator.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Literals as CPython reads them. */
class PythonTextTest {

  private static PythonText read(String source) throws PythonSyntaxException {
    List<PythonToken> literals =
        PythonLexer.scan(source).stream()
            .filter(token -> token.kind() == PythonToken.Kind.STRING)
            .toList();
    return PythonText.of(literals);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "'a', a",
        "\"a'b\", a'b",
        "'it\\'s', it's",
        "r'\\d\\'', \\d\\'",
        "R\"\\n\", \\n",
        "u'\\u00fc', ü",
        "'\\x41\\102\\103', ABC",
        "'\\N{LATIN SMALL LETTER U WITH DIAERESIS}', ü",
        "'\\U0001F600', 😀",
        "'\\d', \\d",
        "'\\\\n', \\n",
        "'a' 'b' \"c\", abc",
        "\"\"\"a\"b\"\"\", a\"b",
        "'''it's''', it's",
        "'a\\⏎b', ab",
        "'a' \\⏎ 'b', ab",
        "('a'⏎ 'b'), ab",
        "'#' # not this, #",
      })
  void decodesAsPythonDoes(String source, String expected) throws PythonSyntaxException {
    assertThat(read(source.replace('⏎', '\n')).text()).isEqualTo(expected);
  }

  @Test
  void knowsTheLineThatEachLineComesFrom() throws PythonSyntaxException {
    PythonText text = read("x = (\n  'a\\nb\\n'\n  'c'\n  '''d\r\ne\\\nf\n''')\n");

    assertThat(text.text()).isEqualTo("a\nb\ncd\nef\n");
    assertThat(text.lines()).containsExactly(2, 2, 3, 5, 7);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "f'a'",
        "F\"\"\"{x}\"\"\"",
        "rf'a'",
        "b'a'",
        "Rb'a'",
        "t'a'",
        "'\\x4'",
        "'\\u12'",
        "'\\N{nobody}'",
        "'\\0'",
        "'\\ud800'",
        "'\\U00110000'",
        "'a",
        "'a\nb'",
        "'''a''",
        "('a'",
        "'a')"
      })
  void refusesWhatIsNoTextOrWouldHaveToBeRun(String source) {
    assertThatThrownBy(() -> read(source)).isInstanceOf(PythonSyntaxException.class);
  }
}
