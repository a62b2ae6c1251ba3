package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.memory.HeapBudget;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.Operand;
import dev.tenantgate.gateway.scan.SessionEffect;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link RestorableState}: the part of a session's state that another backend can be given. */
class RestorableStateTest {

  private static final int SHARE = 1000;

  private final SessionMemory memory = new HeapBudget(SHARE, SHARE).open(new EmbeddedChannel());
  private final RestorableState state = new RestorableState(memory);

  private static SessionEffect set(String name, String value) {
    return new SessionEffect.SetParameter(name, new Operand.Literal(value), false);
  }

  private void runs(SessionEffect... effects) {
    List.of(effects).forEach(state::note);
    state.transactionEnded();
  }

  private void prepares(String name, int bytes) {
    ByteBuf in = Unpooled.wrappedBuffer(new byte[bytes + 3]);
    done(state.parsed(name, in, 3, bytes));
  }

  private static void done(Reply reply) {
    ((Reply.Verbatim) reply).done().run();
  }

  // ---- parameters

  @Test
  void parametersAreKnownAtTheTransactionsEnd() {
    state.note(set("work_mem", "8MB"));
    assertThat(state.isRestorable()).isFalse();
    assertThat(state.parameters().asMap()).isEmpty();
    state.transactionEnded();

    assertThat(state.isRestorable()).isTrue();
    assertThat(state.parameters().asMap()).isEqualTo(Map.of("work_mem", "8MB"));
  }

  @Test
  void localParametersEndWithTheirTransaction() {
    state.note(new SessionEffect.SetParameter("work_mem", new Operand.Literal("8MB"), true));
    state.note(new SessionEffect.SetParameter("work_mem", new Operand.Opaque(), true));
    state.note(new SessionEffect.ResetParameter("work_mem", true));

    assertThat(state.isRestorable()).isTrue();
    assertThat(state.parameters().isEmpty()).isTrue();
  }

  @Test
  void resetsAreFollowed() {
    runs(set("work_mem", "8MB"), set("a.b", "1"));
    runs(new SessionEffect.ResetParameter("work_mem", false));
    assertThat(state.parameters().asMap()).isEqualTo(Map.of("a.b", "1"));

    runs(SessionEffect.of(EffectKind.RESET_ALL));

    assertThat(state.parameters().isEmpty()).isTrue();
    assertThat(state.isRestorable()).isTrue();
  }

  @Test
  void valueThatIsNotInTheTextIsLost() {
    runs(new SessionEffect.SetParameter("work_mem", new Operand.Opaque(), false));

    assertThat(state.isRestorable()).isFalse();
  }

  @Test
  void errorOrRollbackLeavesItUnknownWhatIsSet() {
    runs(new SessionEffect.Rollback(false));
    state.errored();
    state.transactionEnded();
    runs(set("work_mem", "8MB"));
    assertThat(state.isRestorable()).isTrue();

    runs(set("work_mem", "9MB"), new SessionEffect.RollbackToSavepoint("s"));

    assertThat(state.isRestorable()).isFalse();
  }

  @Test
  void errorBehindASetLosesIt() {
    state.note(set("work_mem", "8MB"));
    state.errored();
    state.transactionEnded();

    assertThat(state.isRestorable()).isFalse();
  }

  static List<SessionEffect> thatCannotBeRestored() {
    Operand opaque = new Operand.Opaque();
    return List.of(
        new SessionEffect.SetConfig(opaque, opaque, opaque, true),
        new SessionEffect.PrepareStatement("p", List.of()),
        new SessionEffect.Listen("news"),
        SessionEffect.of(EffectKind.TEMPORARY_OBJECT),
        new SessionEffect.HoldCursor("c"),
        SessionEffect.of(EffectKind.SESSION_ADVISORY_LOCK),
        SessionEffect.of(EffectKind.RANDOM_SEED),
        SessionEffect.of(EffectKind.PROCESS_STATE),
        SessionEffect.of(EffectKind.LOAD_LIBRARY),
        SessionEffect.of(EffectKind.HIDDEN_CALL),
        new SessionEffect.UnseenState(true),
        SessionEffect.of(EffectKind.UNPROVEN),
        SessionEffect.of(EffectKind.OPAQUE_BODY));
  }

  @ParameterizedTest
  @MethodSource("thatCannotBeRestored")
  void otherStateIsLost(SessionEffect effect) {
    runs(effect);

    assertThat(state.isRestorable()).isFalse();
  }

  static List<SessionEffect> thatLeaveNothing() {
    return List.of(
        SessionEffect.of(EffectKind.BEGIN),
        new SessionEffect.Commit(false),
        SessionEffect.of(EffectKind.PREPARE_TRANSACTION),
        new SessionEffect.Savepoint("s"),
        new SessionEffect.ReleaseSavepoint("s"),
        new SessionEffect.ExecuteStatement("p", List.of(), true),
        new SessionEffect.Unlisten("*"),
        SessionEffect.of(EffectKind.DISCARD_TEMPORARY),
        new SessionEffect.NamesSchemas(List.of("tenant_acme")),
        SessionEffect.of(EffectKind.SIGNAL_BACKEND),
        SessionEffect.of(EffectKind.NOTIFY));
  }

  @ParameterizedTest
  @MethodSource("thatLeaveNothing")
  void statementThatLeavesNothingIsOfNoConcern(SessionEffect effect) {
    state.note(effect);

    assertThat(state.isRestorable()).isTrue();
  }

  // ---- named statements

  @Test
  void statementsAreKeptFromTheirAnswerOn() {
    ByteBuf in = Unpooled.wrappedBuffer(new byte[20]);
    Reply parse = state.parsed("s", in, 0, 20);
    assertThat(state.prepared()).isZero();
    done(parse);
    assertThat(state.prepared()).isEqualTo(1);
    assertThat(memory.bytes()).isEqualTo(20);
    prepares("s", 30);
    assertThat(memory.bytes()).as("of one name").isEqualTo(30);
    prepares("t", 40);
    assertThat(memory.bytes()).isEqualTo(70);

    Reply close = state.closed("s");
    assertThat(state.prepared()).isEqualTo(2);
    done(close);

    assertThat(state.prepared()).isEqualTo(1);
    assertThat(memory.bytes()).isEqualTo(40);
  }

  @Test
  void statementsAreDeallocated() {
    prepares("s", 20);
    prepares("t", 30);
    prepares("u", 40);
    runs(set("work_mem", "8MB"), new SessionEffect.Deallocate("s"));
    assertThat(memory.bytes()).isEqualTo(70);
    runs(new SessionEffect.Deallocate("nobodys"));
    assertThat(state.prepared()).isEqualTo(2);

    runs(SessionEffect.of(EffectKind.DEALLOCATE_ALL));

    assertThat(state.prepared()).isZero();
    assertThat(memory.bytes()).isZero();
    assertThat(state.parameters().asMap()).isEqualTo(Map.of("work_mem", "8MB"));
  }

  @Test
  void aDiscardEndsAll() {
    prepares("s", 20);
    runs(set("work_mem", "8MB"), SessionEffect.of(EffectKind.DISCARD_ALL));

    assertThat(state.prepared()).isZero();
    assertThat(memory.bytes()).isZero();
    assertThat(state.parameters().isEmpty()).isTrue();
    assertThat(state.isRestorable()).isTrue();
  }

  @Test
  void statementThatThereIsNoRoomForIsLost() {
    prepares("s", SHARE);
    assertThat(state.isRestorable()).isTrue();
    prepares("t", 1);

    assertThat(state.isRestorable()).isFalse();
    assertThat(state.prepared()).isEqualTo(1);
  }
}
