package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.Severity;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.tenant.Refusal;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A {@link TransactionAdmission}: when a session asks its {@link TenantGate}, waits and goes on.
 */
class TransactionAdmissionTest {

  private static final Report REFUSAL = Report.error(SqlState.CANNOT_CONNECT_NOW, "not now");
  private static final SessionEffect.NamesSchemas SITE =
      new SessionEffect.NamesSchemas(List.of("tenant_globex"));

  private final Map<String, Object> answers = new HashMap<>();
  private final List<String> asked = new ArrayList<>();
  private Consumer<TenantGate.Answer> later = answer -> {};
  private int wentOn;
  private int began;
  private final TransactionAdmission admission =
      new TransactionAdmission(
          (TenantGate)
              Proxy.newProxyInstance(
                  TenantGate.class.getClassLoader(),
                  new Class<?>[] {TenantGate.class},
                  (gate, method, arguments) -> answer(method, arguments)),
          () -> wentOn++);

  TransactionAdmissionTest() {
    answers.put("generation", TenantGate.NOT_CURRENT);
    answers.put("generationAsItIs", 4L);
    answers.put("leadsElsewhere", true);
    answers.put("mayBeginNow", true);
  }

  @SuppressWarnings("unchecked")
  private @Nullable Object answer(Method method, Object @Nullable [] arguments) {
    String name = method.getName();
    if (name.startsWith("ask") && arguments != null) {
      asked.add(name + " " + arguments[0] + (arguments.length > 2 ? " " + arguments[1] : ""));
      later = (Consumer<TenantGate.Answer>) arguments[arguments.length - 1];
    } else if (name.equals("transactionBegan")) {
      began++;
    } else if (method.getReturnType() == void.class) {
      asked.add(name);
    }
    return answers.get(name);
  }

  private void isAsked(String... questions) {
    assertThat(asked).containsExactly(questions);
    asked.clear();
  }

  private void admits() {
    answers.put("ask", TenantGate.Answer.ADMITTED);
    answers.put("askFor", TenantGate.Answer.ADMITTED);
  }

  private void refuses() {
    answers.put("ask", new TenantGate.Answer(REFUSAL));
    answers.put("askFor", new TenantGate.Answer(REFUSAL));
  }

  @Test
  void tenantThatIsCurrentIsNotAskedAbout() {
    answers.put("generation", 3L);
    assertThat(admission.intoTransaction()).isTrue();
    assertThat(admission.isAdmitted()).isTrue();
    assertThat(admission.generation()).isEqualTo(3);
    answers.put("generation", TenantGate.NOT_CURRENT);
    assertThat(admission.isCurrent()).as("as long as the transaction lasts").isTrue();
    isAsked();
    assertThat(began).isOne();
  }

  @Test
  void transactionIsAskedForOnce() {
    admits();
    assertThat(admission.intoTransaction()).isTrue();
    isAsked("ask null true");
    assertThat(admission.generation()).isEqualTo(4);
    assertThat(admission.isWaiting()).isFalse();
    assertThat(admission.intoTransaction()).isTrue();
    isAsked();
    admission.transactionEnded();
    assertThat(admission.isAdmitted()).isFalse();
    assertThat(admission.intoTransaction()).isTrue();
    isAsked("transactionEnded", "ask null true");
  }

  @Test
  void refusalIsToldOnce() {
    refuses();
    assertThat(admission.intoTransaction()).isFalse();
    assertThat(admission.isWaiting()).isFalse();
    assertThat(admission.isAdmitted()).isFalse();
    assertThat(admission.takeRefusal()).isEqualTo(REFUSAL);
    assertThat(admission.takeRefusal()).isNull();
    admission.refuse(REFUSAL);
    assertThat(admission.takeRefusal()).isEqualTo(REFUSAL);
  }

  @Test
  void sessionThatIsHeldGoesOnWhenTheAnswerComes() {
    assertThat(admission.intoTransaction()).isFalse();
    assertThat(admission.isWaiting()).isTrue();
    later.accept(TenantGate.Answer.ADMITTED);
    assertThat(wentOn).isEqualTo(1);
    assertThat(admission.isWaiting()).isFalse();
    assertThat(admission.isAdmitted()).isTrue();
    assertThat(admission.takeRefusal()).isNull();
  }

  @Test
  void sessionThatIsHeldIsRefusedWhenTheAnswerComes() {
    admission.intoTransaction();
    later.accept(new TenantGate.Answer(REFUSAL));
    assertThat(wentOn).isEqualTo(1);
    assertThat(admission.isAdmitted()).isFalse();
    assertThat(admission.takeRefusal()).isEqualTo(REFUSAL);
  }

  @Test
  void answerThatNobodyWaitsForIsNone() {
    admission.intoTransaction();
    assertThat(admission.withdraw()).isTrue();
    assertThat(admission.withdraw()).isFalse();
    isAsked("ask null true", "withdraw");
    later.accept(TenantGate.Answer.ADMITTED);
    assertThat(wentOn).isZero();
    assertThat(admission.isAdmitted()).isFalse();
  }

  @Test
  void otherPathIsNoTransaction() {
    admits();
    assertThat(admission.into("tenant_globex", false)).isTrue();
    isAsked("ask tenant_globex false");
    assertThat(admission.isAdmitted()).isFalse();
    answers.remove("ask");
    assertThat(admission.into("tenant_globex", true)).isFalse();
    later.accept(TenantGate.Answer.ADMITTED);
    assertThat(admission.isAdmitted()).isFalse();
  }

  @Test
  void schemasThatLeadNowhereElseAreNotAskedFor() {
    answers.put("leadsElsewhere", false);
    assertThat(admission.intoSchemas(SITE)).isTrue();
    isAsked();
  }

  @Test
  void schemasThatLeadElsewhereAreAskedFor() {
    admits();
    assertThat(admission.intoSchemas(SITE)).isTrue();
    isAsked("askFor " + SITE);
    refuses();
    assertThat(admission.intoSchemas(SITE)).isFalse();
    assertThat(admission.isWaiting()).isFalse();
    assertThat(admission.takeRefusal()).isEqualTo(REFUSAL);
    answers.remove("askFor");
    assertThat(admission.intoSchemas(SITE)).isFalse();
    assertThat(admission.isWaiting()).isTrue();
    later.accept(TenantGate.Answer.ADMITTED);
    assertThat(admission.isAdmitted()).isFalse();
    assertThat(wentOn).isEqualTo(1);
  }

  @Test
  void pathThatTheServerHasReportedIsAskedForOnce() {
    admits();
    assertThat(admission.intoUnforeseenPath()).isTrue();
    isAsked();
    admission.reported("tenant_globex");
    assertThat(admission.intoUnforeseenPath()).isTrue();
    isAsked("ask tenant_globex false");
    assertThat(admission.intoUnforeseenPath()).isTrue();
    isAsked();
    answers.put("leadsElsewhere", false);
    admission.reported("tenant_acme");
    assertThat(admission.intoUnforeseenPath()).isTrue();
    isAsked();
  }

  @Test
  void pathThatTheServerHasReportedIsAskedForAgainBehindAWait() {
    admission.reported("tenant_globex");
    assertThat(admission.intoUnforeseenPath()).isFalse();
    later.accept(TenantGate.Answer.ADMITTED);
    admits();
    assertThat(admission.intoUnforeseenPath()).isTrue();
    isAsked("ask tenant_globex false", "ask tenant_globex false");
  }

  @Test
  void pathThatIsRefusedIsAskedForNoMore() {
    refuses();
    admission.reported("tenant_globex");
    assertThat(admission.intoUnforeseenPath()).isFalse();
    admission.takeRefusal();
    asked.clear();
    assertThat(admission.intoUnforeseenPath()).isTrue();
    isAsked();
  }

  @Test
  void pathThatIsAbandonedIsAskedForNoMore() {
    admission.reported("tenant_globex");
    admission.intoUnforeseenPath();
    admission.abandon();
    assertThat(admission.isWaiting()).isFalse();
    assertThat(admission.intoUnforeseenPath()).isTrue();
    isAsked("ask tenant_globex false", "withdraw");
    admission.reported("tenant_globex");
    admission.transactionEnded();
    assertThat(admission.intoUnforeseenPath()).isTrue();
    isAsked("transactionEnded");
  }

  @Test
  void transactionThatLeavesIsLetThroughAsItIs() {
    admission.leave();
    assertThat(admission.isAdmitted()).isTrue();
    assertThat(admission.beganNanos()).isNotZero();
    assertThat(admission.generation()).isEqualTo(4);
    isAsked();
  }

  @Test
  void transactionThatMayNotBeginNowIsAskedForAgain() {
    admits();
    admission.intoTransaction();
    assertThat(admission.mayBeginNow()).isTrue();
    assertThat(admission.isAdmitted()).isTrue();
    answers.put("mayBeginNow", false);
    assertThat(admission.mayBeginNow()).isFalse();
    assertThat(admission.isAdmitted()).isFalse();
    isAsked("ask null true", "transactionEnded");
  }

  @Test
  void refusalIsReportedAsAnError() {
    assertThat(TenantGate.report(new Refusal("57P03", "message", "detail", "hint")))
        .isEqualTo(new Report(Severity.ERROR, "57P03", "message", "detail", "hint"));
  }
}
