package dev.tenantgate.gateway.cli;

import java.util.Arrays;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Help in which what is said of an option is one paragraph, broken where the terminal's line ends:
 * as rows of their own, the pieces of a long text would be broken twice.
 */
final class ParagraphHelp extends Help {

  private static final int DESCRIPTION_COLUMN = 4;

  ParagraphHelp(CommandSpec spec, ColorScheme colours) {
    super(spec, colours);
  }

  @Override
  public IOptionRenderer createDefaultOptionRenderer() {
    IOptionRenderer rows = super.createDefaultOptionRenderer();
    return (option, label, colours) -> joined(rows.render(option, label, colours));
  }

  /** The first row, with the descriptions of the others behind its own. */
  private static Text[][] joined(Text[][] rows) {
    Text[] row = rows[0].clone();
    for (Text[] next : Arrays.asList(rows).subList(1, rows.length)) {
      Text more = next[DESCRIPTION_COLUMN];
      if (!more.plainString().isBlank()) {
        row[DESCRIPTION_COLUMN] = row[DESCRIPTION_COLUMN].concat(" ").concat(more);
      }
    }
    return new Text[][] {row};
  }
}
