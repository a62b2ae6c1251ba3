package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.Migrator;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says of the gateway's account, at the start, that it may do more than it has to. Stateless. */
final class AccountLog {

  private static final Logger log = LoggerFactory.getLogger(AccountLog.class);

  private AccountLog() {}

  static void look(Migrator migrator, String account) {
    try {
      List<String> rights = migrator.checks().excessRights();
      if (!rights.isEmpty()) {
        log.atWarn()
            .addKeyValue("account", account)
            .addKeyValue("rights", rights)
            .log(
                "the gateway's account has rights that it doesn't need; whoever gets hold of it has"
                    + " them");
      }
    } catch (SQLException e) {
      log.debug("the account's rights can't be read", e);
    }
  }
}
