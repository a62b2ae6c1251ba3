package dev.tenantgate.config;

/** Every setting in force. Immutable; a reload makes a new one. */
public record Settings(
    ListenSettings listen,
    AdminSettings admin,
    LimitSettings limits,
    DatabaseSettings database,
    TenantSettings tenants,
    GateSettings gate,
    MigrationSettings migrations,
    PoolSettings pool,
    AuthSettings auth,
    MetricsSettings metrics,
    LogSettings log,
    ConsoleSettings console,
    TracingSettings tracing) {}
