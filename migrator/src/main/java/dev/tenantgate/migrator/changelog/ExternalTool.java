package dev.tenantgate.migrator.changelog;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Another tool that migrates, and what its history of a schema must have. Immutable.
 *
 * @param requirement what the history must have
 * @param format whose files say so; null if no files do
 * @param historyTable the table that it keeps; null if it is found by its columns
 * @param runnable whether there is a command that has it migrate one tenant
 * @param replaced by the name of one that others were squashed into, those
 * @param after by the name of one, those that were applied before it by its own word
 */
public record ExternalTool(
    Requirement requirement,
    @Nullable ToolFormat format,
    @Nullable String historyTable,
    boolean runnable,
    Map<String, List<String>> replaced,
    Map<String, List<String>> after) {

  public ExternalTool {
    replaced = Map.copyOf(replaced);
    after = Map.copyOf(after);
  }

  /** The requirement on a history. The command is told its text. */
  public sealed interface Requirement {

    /** It must have reached this version. */
    record AtLeast(String version) implements Requirement {
      @Override
      public String toString() {
        return version;
      }
    }

    /** It must contain these. */
    record Names(List<String> names) implements Requirement {
      public Names {
        names = List.copyOf(names);
      }

      @Override
      public String toString() {
        return String.join(", ", names);
      }
    }

    /** It must carry this tag. */
    record Tag(String tag) implements Requirement {
      @Override
      public String toString() {
        return tag;
      }
    }

    /**
     * It must contain what is in a folder.
     *
     * @param last the last of it
     */
    record Files(String last) implements Requirement {
      @Override
      public String toString() {
        return last;
      }
    }
  }

  /** Whether connections may ask for versions by number: all of its versions are numbers. */
  public boolean countsInNumbers() {
    return requirement instanceof Requirement.AtLeast least
        ? VersionText.number(least.version()) != null
        : requirement instanceof Requirement.Files && format != null && format.isNumbered();
  }

  /** Why nothing can be run by this migrator; null if it can. */
  public @Nullable String notRunnable() {
    String named = label();
    return runnable
        ? null
        : "%s migrates (migrations.tool: external), and there is no command for it: run %s, or set migrations.command"
            .formatted(named == null ? "another tool" : named, named == null ? "that tool" : named);
  }

  /** The tool's name where that is known; null if only its history will tell. */
  public @Nullable String label() {
    return format == null ? null : format.label();
  }
}
