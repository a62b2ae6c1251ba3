package dev.tenantgate.gateway.scan;

import dev.tenantgate.gateway.scan.ScannedQuery.Step;
import dev.tenantgate.gateway.scan.SessionEffect.Commit;
import dev.tenantgate.gateway.scan.SessionEffect.Deallocate;
import dev.tenantgate.gateway.scan.SessionEffect.ExecuteStatement;
import dev.tenantgate.gateway.scan.SessionEffect.HoldCursor;
import dev.tenantgate.gateway.scan.SessionEffect.Listen;
import dev.tenantgate.gateway.scan.SessionEffect.PrepareStatement;
import dev.tenantgate.gateway.scan.SessionEffect.ReleaseSavepoint;
import dev.tenantgate.gateway.scan.SessionEffect.ResetParameter;
import dev.tenantgate.gateway.scan.SessionEffect.Rollback;
import dev.tenantgate.gateway.scan.SessionEffect.RollbackToSavepoint;
import dev.tenantgate.gateway.scan.SessionEffect.Savepoint;
import dev.tenantgate.gateway.scan.SessionEffect.SetConfig;
import dev.tenantgate.gateway.scan.SessionEffect.SetParameter;
import dev.tenantgate.gateway.scan.SessionEffect.Unlisten;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Scans texts, and writes down what was found as a line. Stateless. */
final class EffectText {

  private EffectText() {}

  static ScannedQuery scan(String sql) {
    return scan(sql, StandardCharsets.UTF_8, LexicalRules.DEFAULT);
  }

  static ScannedQuery scan(String sql, Charset charset, LexicalRules rules) {
    ByteBuf text = Unpooled.wrappedBuffer(("x" + sql + "\0").getBytes(charset));
    try {
      return SqlScan.scan(text, 1, text.readableBytes() - 2, rules);
    } finally {
      text.release();
    }
  }

  /** Such as {@code 0 begin; 1 set search_path "a"; 2 commit}. */
  static String of(String sql) {
    return text(scan(sql));
  }

  static String text(ScannedQuery query) {
    return query.steps().stream().map(EffectText::step).collect(Collectors.joining("; "))
        + (query.exact() ? "" : " ?");
  }

  private static String step(Step step) {
    return step.statement() + " " + text(step.effect());
  }

  private static String text(SessionEffect effect) {
    if (effect instanceof SetParameter set) {
      return "set " + (set.local() ? "local " : "") + set.name() + " " + text(set.value());
    } else if (effect instanceof ResetParameter reset) {
      return "reset " + (reset.local() ? "local " : "") + reset.name();
    } else if (effect instanceof SetConfig call) {
      return "set_config(%s, %s, %s)%s"
          .formatted(
              text(call.name()), text(call.value()), text(call.local()), call.certain() ? "" : "?");
    } else if (effect instanceof Commit commit) {
      return "commit" + (commit.chain() ? " chain" : "");
    } else if (effect instanceof Rollback rollback) {
      return "rollback" + (rollback.chain() ? " chain" : "");
    } else if (effect instanceof Savepoint savepoint) {
      return "savepoint " + savepoint.name();
    } else if (effect instanceof ReleaseSavepoint release) {
      return "release " + release.name();
    } else if (effect instanceof RollbackToSavepoint rollback) {
      return "rollback to " + rollback.name();
    } else if (effect instanceof PrepareStatement prepare) {
      return "prepare " + prepare.name() + texts(prepare.effects());
    } else if (effect instanceof ExecuteStatement execute) {
      return "execute "
          + execute.name()
          + execute.arguments().stream().map(EffectText::text).toList()
          + (execute.certain() ? "" : "?");
    } else if (effect instanceof Deallocate deallocate) {
      return "deallocate " + deallocate.name();
    } else if (effect instanceof Listen listen) {
      return "listen " + listen.channel();
    } else if (effect instanceof Unlisten unlisten) {
      return "unlisten " + unlisten.channel();
    } else if (effect instanceof HoldCursor cursor) {
      return "hold cursor " + cursor.name();
    }
    return effect instanceof SessionEffect.Plain ? camelCase(effect.kind()) : named(effect);
  }

  private static String named(SessionEffect effect) {
    return effect.getClass().getSimpleName();
  }

  private static String camelCase(EffectKind kind) {
    return Arrays.stream(kind.name().split("_"))
        .map(word -> word.charAt(0) + word.substring(1).toLowerCase(Locale.ROOT))
        .collect(Collectors.joining());
  }

  private static String texts(List<SessionEffect> effects) {
    return effects.stream().map(EffectText::text).toList().toString();
  }

  private static String text(Operand operand) {
    if (operand instanceof Operand.Literal literal) {
      return literal.text();
    } else if (operand instanceof Operand.Parameter parameter) {
      return "$" + parameter.number();
    }
    return operand instanceof Operand.Null ? "null" : "?";
  }
}
