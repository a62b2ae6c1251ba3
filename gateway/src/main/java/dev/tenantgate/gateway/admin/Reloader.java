package dev.tenantgate.gateway.admin;

import java.util.List;

/** Reads settings and migrations anew and puts them in force, or leaves all as it is. Blocks. */
@FunctionalInterface
public interface Reloader {

  Reload reload();

  /** How that went. */
  sealed interface Reload {

    /**
     * They are in force.
     *
     * @param notes what those who asked may want to know, such as keys that need a restart
     */
    record Done(List<String> notes) implements Reload {
      public Done {
        notes = List.copyOf(notes);
      }
    }

    /** They can't be used, for these reasons; the old ones stay in force. */
    record Refused(List<String> errors) implements Reload {
      public Refused {
        errors = List.copyOf(errors);
      }
    }
  }
}
