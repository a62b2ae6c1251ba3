package dev.tenantgate.gateway.testing.wire;

import dev.tenantgate.config.PoolSettings;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/** Runs a {@link WireTest} in each mode and with each way to split bytes. */
final class WireTestExtension implements TestTemplateInvocationContextProvider {

  /** Bytes come whole only, where the same tests are run thousands of times for mutations. */
  private static final boolean WHOLE_ONLY = Boolean.getBoolean("tenantgate.test.mutations");

  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return true;
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    WireTest test = context.getRequiredTestMethod().getAnnotation(WireTest.class);
    return Stream.of(test.value())
        .flatMap(
            mode ->
                Stream.of(Splitting.values())
                    .limit(WHOLE_ONLY || test.large() ? 1 : Splitting.values().length)
                    .map(split -> new Run(mode, split)));
  }

  /** One run. */
  private record Run(PoolSettings.Mode mode, Splitting splitting)
      implements TestTemplateInvocationContext {

    @Override
    public String getDisplayName(int index) {
      return "%s, %s".formatted(mode, splitting).toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(new GivesWire(new Wire(mode, splitting)));
    }
  }

  /** Gives a test its wire, and looks at it afterwards. */
  private record GivesWire(Wire wire) implements ParameterResolver, AfterTestExecutionCallback {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == Wire.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return wire;
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
      if (context.getExecutionException().isEmpty()) {
        wire.finish();
      } else {
        wire.close();
      }
    }
  }
}
